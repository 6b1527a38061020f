#!/bin/sh
echo "a script that nothing names"

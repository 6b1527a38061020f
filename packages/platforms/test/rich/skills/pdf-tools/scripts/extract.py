#!/usr/bin/env python3
import sys

print(f"text of {sys.argv[1]}")

/**
 * Files that a user has already, at the places that platforms share: as awkward as each one's own reader lets them be. What
 * reads strict JSON has no comments, what reads TOML has tables of every spelling.
 */

const crlf = (text: string): string => text.replaceAll('\n', '\r\n')

const STRICT_TABS = `{
\t"permissions": { "allow": ["Bash(ls:*)"] },
\t"hooks": {
\t\t"PreToolUse": [
\t\t\t{ "matcher": "Bash", "hooks": [ { "type": "command", "command": "echo '// mine'" } ] }
\t\t]
\t},
\t"env": { "A": "{\\"not\\": \\"a member\\"}" }
}
`

const COMMENTS = `// Kept by hand. "hooks": {}, is only said here.
{
    /* ours, not theirs */
    "mcpServers": { /* one line */ "mine": { "command": "mine" } }, // at the end
    "hooks": {
        "AfterTool": []
    }
    // nothing follows
}
`

const TRAILING = `{
\t// asked for once
\t"inputs": [
\t\t{ "type": "promptString", "id": "mine", "description": "Mine", }, // mine
\t],
\t"servers": {
\t\t"mine": {
\t\t\t"command": "mine", // }
\t\t},
\t},
}`

const OPENCODE = `{
\t"instructions": ["one.md",], // mine
\t"mcp": {
\t\t"mine": { "type": "local", "command": ["mine"], }, // }
\t},
}`

const TOML = `# mine
model = "gpt-5"   # a comment behind a value
notify = [
  "say",
  "# aam:begin is no line of its own here",
]

[mcp_servers.mine]
command = "mine"
env = { A = "1", "b c" = '2' }

[[profiles.list]]
name = "fast"

["table with spaces".'and "quotes"']
x = """
[mcp_servers.notes]
"""
`

const MARKDOWN = `# My project

\`\`\`md
<!-- aam:begin only quoted -->
<!-- aam:end -->
\`\`\`

The last line has no end`

const PROJECT: Readonly<Record<string, string>> = {
  '.claude/settings.json': STRICT_TABS,
  '.mcp.json': '{"mcpServers":{"mine":{"command":"mine"}}}',
  '.cursor/hooks.json': crlf('{\n  "version": 1,\n  "hooks": { "stop": [{ "command": "mine" }] }\n}\n'),
  '.cursor/mcp.json': ' \n',
  '.vscode/mcp.json': TRAILING,
  '.codex/config.toml': TOML,
  'AGENTS.md': MARKDOWN,
  '.gemini/settings.json': COMMENTS,
  'GEMINI.md': `\ufeff${crlf('# Mine\n\nWritten elsewhere.\n')}`,
  'opencode.json': '{\n  "$schema": "https://opencode.ai/config.json", // first\n  "mcp": {},\n}\n',
  '.windsurf/hooks.json': '{"hooks":{"pre_run_command":[{"command":"mine"}]}}\n',
  '.windsurf/mcp_config.json': '{}',
}

const USER: Readonly<Record<string, string>> = {
  '.claude/settings.json': '{}\n',
  '.claude.json':
    '{\n  "numStartups": 12,\n  "projects": {\n    "/home/Jane Doe/a": {\n      "mcpServers": {}\n    }\n  },\n  "userID": "0"\n}',
  '.cursor/hooks.json': '{ "version": 1 }',
  '.cursor/mcp.json': crlf('{\n    "mcpServers": {\n    }\n}'),
  '.copilot/mcp-config.json':
    '{\n  "mcpServers": {\n    "mine": { "type": "local", "command": "mine", "tools": [] }\n  }\n}\n',
  '.copilot/copilot-instructions.md': '- one\n- two',
  '.codex/config.toml': crlf(TOML),
  '.codex/hooks.json': STRICT_TABS,
  '.codex/AGENTS.md': '',
  '.gemini/settings.json': '{\n\n}\n',
  '.gemini/GEMINI.md': '\n\n# Mine\n\n\n',
  '.config/opencode/opencode.json': OPENCODE,
  '.config/opencode/AGENTS.md': MARKDOWN,
  '.codeium/windsurf/hooks.json': '{\n  "hooks": {}\n}\n',
  '.codeium/windsurf/mcp_config.json': '{"mcpServers": {}}',
  '.codeium/windsurf/memories/global_rules.md': '# Mine\n',
}

/** By path, at each level. */
export const USER_FILES = { project: PROJECT, user: USER }

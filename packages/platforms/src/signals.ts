/**
 * Files and folders (these end in `/`) of a project that say its people use a platform, best first. Behind a door of their own:
 * in a project that shows none of them nothing else of platforms has to be loaded.
 */
export const SIGNALS = {
  claude: ['.claude/', 'CLAUDE.md'],
  cursor: ['.cursor/', '.cursorrules'],
  copilot: [
    '.github/copilot-instructions.md',
    '.github/instructions/',
    '.github/agents/',
    '.github/prompts/',
    '.github/hooks/',
  ],
  codex: ['.codex/'],
  gemini: ['.gemini/', 'GEMINI.md'],
  opencode: ['.opencode/'],
  windsurf: ['.windsurf/'],
  universal: [],
} satisfies Readonly<Record<string, readonly string[]>>

/** How each client is started without a login and without a network: its model is one on this machine. */
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ToolCall } from './model.ts'

const MODULES = fileURLToPath(new URL('node_modules', import.meta.url))
const OPENCODE = `opencode-${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`

/** Where a client runs. */
export type Scene = { readonly home: string; readonly project: string; readonly model: string }

export type Client = {
  /** The file that has to be installed. */
  readonly file: string
  /** The platforms for which the package is deployed: the client's own. */
  readonly platform: string
  /** The tools of its own that its model asks for: its shell, and the notes server's, when it offers them. */
  readonly calls: readonly ToolCall[]
  readonly start: (scene: Scene) => Start
}

type Start = {
  readonly command: readonly [string, ...string[]]
  readonly env: Readonly<Record<string, string>>
  /** Settings of its user, by path in the home. */
  readonly settings?: Readonly<Record<string, string>>
}

const shell = { command: 'true', description: 'does nothing' }

export const CLIENTS: Readonly<Record<string, Client>> = {
  claude: {
    file: join(MODULES, '@anthropic-ai/claude-code/cli-wrapper.cjs'),
    platform: 'claude',
    calls: [
      { name: 'Bash', input: shell },
      { name: 'mcp__notes__search', input: {} },
    ],
    start({ model }) {
      return {
        command: [process.execPath, this.file, '-p', "/audit AC-2 high 'a leak'", '--allowedTools', 'Bash,mcp__notes'],
        env: {
          ANTHROPIC_API_KEY: 'none',
          ANTHROPIC_BASE_URL: model,
          CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
          DISABLE_AUTOUPDATER: '1',
          // Tools of servers are offered as all others.
          ENABLE_TOOL_SEARCH: 'false',
          DISABLE_TELEMETRY: '1',
          DISABLE_ERROR_REPORTING: '1',
        },
        settings: { '.claude/settings.json': '{"enableAllProjectMcpServers":true}' },
      }
    },
  },
  copilot: {
    file: join(MODULES, '@github/copilot/npm-loader.js'),
    platform: 'copilot',
    calls: [
      { name: 'bash', input: shell },
      { name: 'notes-search', input: {} },
    ],
    start({ model }) {
      return {
        command: [
          process.execPath,
          this.file,
          '--no-auto-update',
          '--disable-client-telemetry',
          '--disable-builtin-mcps',
          '--trust-folder',
          '--allow-all-tools',
          '-p',
          'hello',
        ],
        env: { COPILOT_OFFLINE: 'true', COPILOT_PROVIDER_BASE_URL: `${model}/v1`, COPILOT_MODEL: 'm' },
      }
    },
  },
  codex: {
    file: join(MODULES, '@openai/codex/bin/codex.js'),
    platform: 'codex',
    calls: [{ name: 'exec_command', input: { cmd: 'true' } }],
    start({ model, project }) {
      return {
        command: [
          process.execPath,
          this.file,
          'exec',
          '--skip-git-repo-check',
          '--dangerously-bypass-hook-trust',
          '$cmd-audit AC-2 high',
        ],
        env: {},
        settings: {
          '.codex/config.toml': `model = "m"
model_provider = "local"
sandbox_mode = "danger-full-access"
analytics = { enabled = false }

[model_providers.local]
name = "local"
base_url = "${model}/v1"
wire_api = "responses"

[projects.${JSON.stringify(project)}]
trust_level = "trusted"
`,
        },
      }
    },
  },
  gemini: {
    file: join(MODULES, '@google/gemini-cli/bundle/gemini.js'),
    platform: 'gemini',
    calls: [
      { name: 'run_shell_command', input: shell },
      { name: 'mcp_notes_search', input: {} },
    ],
    start({ model }) {
      return {
        command: [process.execPath, this.file, '-m', 'gemini-2.5-flash', '--yolo', '-p', '/audit AC-2 high'],
        env: { GEMINI_API_KEY: 'none', GOOGLE_GEMINI_BASE_URL: model, GEMINI_CLI_TRUST_WORKSPACE: 'true' },
        settings: {
          '.gemini/settings.json': JSON.stringify({
            security: { auth: { selectedType: 'gemini-api-key' } },
            privacy: { usageStatisticsEnabled: false },
            telemetry: { enabled: false },
            general: { enableAutoUpdate: false },
          }),
        },
      }
    },
  },
  opencode: {
    file: join(MODULES, OPENCODE, 'bin', process.platform === 'win32' ? 'opencode.exe' : 'opencode'),
    platform: 'opencode',
    calls: [{ name: 'notes_search', input: {} }],
    start({ model }) {
      const options = { baseURL: `${model}/v1`, apiKey: 'none' }
      const local = { npm: '@ai-sdk/openai-compatible', options, models: { m: {} } }
      return {
        command: [this.file, 'run', '--command', 'audit', 'AC-2', 'high', 'a leak'],
        env: {
          OPENCODE_CONFIG_CONTENT: JSON.stringify({
            provider: { local },
            model: 'local/m',
            small_model: 'local/m',
            autoupdate: false,
            share: 'disabled',
          }),
          OPENCODE_DISABLE_AUTOUPDATE: '1',
          OPENCODE_DISABLE_MODELS_FETCH: '1',
          OPENCODE_DISABLE_LSP_DOWNLOAD: '1',
          OPENCODE_DISABLE_DEFAULT_PLUGINS: '1',
        },
      }
    },
  },
}

export function isInstalled({ file }: Client): boolean {
  return existsSync(file)
}

/** Writes what a client's user has set; what is deployed for the user has to fit into it. */
export function writeSettings(client: Client, scene: Scene): void {
  for (const [path, text] of Object.entries(client.start(scene).settings ?? {})) {
    mkdirSync(dirname(join(scene.home, path)), { recursive: true })
    writeFileSync(join(scene.home, path), text)
  }
}

/** Runs a client to its end with nothing of this machine's environment, and no way out of it. Returns what it printed. */
export async function runClient(client: Client, scene: Scene, env: Readonly<Record<string, string>>): Promise<string> {
  const { command, env: own } = client.start(scene)
  const [file, ...args] = command
  const child = spawn(file, args, {
    cwd: scene.project,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 120_000,
    env: {
      PATH: [dirname(process.execPath), process.env['PATH'] ?? ''].join(delimiter),
      HOME: scene.home,
      USERPROFILE: scene.home,
      ...NOWHERE,
      DO_NOT_TRACK: '1',
      NO_COLOR: '1',
      CI: '1',
      ...env,
      ...own,
    },
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8')
    stream.on('data', (text: string) => (output += text))
  }
  await new Promise(resolve => child.once('close', resolve))
  return output
}

const NOBODY = 'http://127.0.0.1:9'
const HERE = '127.0.0.1,localhost'

/** A proxy that is not there, for everything but this machine. */
const NOWHERE: Readonly<Record<string, string>> = {
  HTTP_PROXY: NOBODY,
  HTTPS_PROXY: NOBODY,
  ALL_PROXY: NOBODY,
  NO_PROXY: HERE,
  http_proxy: NOBODY,
  https_proxy: NOBODY,
  all_proxy: NOBODY,
  no_proxy: HERE,
}

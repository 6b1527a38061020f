/** What a browser is shown at the address of a registry. */
import type { RegistryFacts } from '@aam/core/wire'

export function startPage({ version, registration }: RegistryFacts, base: string): string {
  const at = escapeHtml(base)
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>aam registry</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 42rem; margin: 3rem auto; padding: 0 1rem; color: #1a1a1a; background: #fff }
  pre { background: #f3f3f0; padding: .8rem 1rem; overflow-x: auto }
  @media (prefers-color-scheme: dark) { body { color: #eee; background: #161616 } pre { background: #242424 } a { color: #8cf } }
</style>
<h1>An aam registry</h1>
<p>This is a registry of packages for AI agents (aam ${escapeHtml(version)}). Use it:</p>
<pre>aam config set registries.default ${at}
aam login
aam search
aam install &lt;name&gt;</pre>
<p>${registration ? 'Make an account with <code>aam register</code>.' : 'An admin makes accounts.'}
The API: <a href="${at}/openapi.json">openapi.json</a>.</p>
</html>
`
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, character => `&#${String(character.charCodeAt(0))};`)
}

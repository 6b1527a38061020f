/** Secrets that people write into settings: found by what they are called and by what they look like. */

const SECRET_KEY =
  /(?:^|[_\-. ]|[a-z](?=[A-Z]))(?:token|secret|(?:api|access|private|signing|auth)?[_-]?key|password|passwd|pwd|passphrase|pat|authorization|credentials?|cookie)s?(?:$|[_\-. ])/i
/** Keys that end like secrets and hold none. */
const PUBLIC_KEY =
  /(?:public|publishable)[_-]?key|key[_-]?(?:id|file|path|name)$|token[_-]?(?:file|path|limit|count|url|type|endpoint)s?$|max[_-]?tokens?$|(?:secret|password)[_-]?(?:file|path|name)$/i

/** Forms that makers of services gave their tokens. */
const TOKEN_FORMS: readonly RegExp[] = [
  /\bgh[pousr]_[A-Za-z0-9]{20,}/,
  /\bgithub_pat_[A-Za-z0-9_]{20,}/,
  /\bglpat-[\w-]{16,}/,
  /\b(?:sk|pk|rk)[-_](?:live|test|proj|ant|or)[-_][\w-]{12,}/,
  /\bsk-[A-Za-z0-9_-]{20,}/,
  /\bxox[abeoprs]-[\w-]{10,}/,
  /\bxapp-[\w-]{10,}/,
  /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/,
  /\bAIza[\w-]{30,}/,
  /\bya29\.[\w-]{20,}/,
  /\b(?:npm|hf|pypi|dop_v1|figd|lin_api|lin_oauth|secret|ntn|sbp|tvly|ctx7sk|rnd|fc|glsa|dckr_pat|shpat|pplx|gsk|r8|ATATT3x)[-_][\w-]{20,}/,
  /\bATATT3[\w=-]{20,}/,
  /\bSG\.[\w-]{16,}\.[\w-]{16,}/,
  /\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]+/,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
]

/** Whether something called `key` holds what nobody else should know. */
export function isSecretKey(key: string): boolean {
  return SECRET_KEY.test(key) && !PUBLIC_KEY.test(key)
}

/** Whether a text holds something that has the form of a token, whatever it is called. */
export function hasToken(text: string): boolean {
  return TOKEN_FORMS.some(form => form.test(text))
}

/** Whether a value is what it says, and not the name of something that is looked up when it is used. */
export function isLiteral(value: string): boolean {
  const rest = value.replaceAll(/\$\{[^}]*\}|\{(?:env|file):[^}]*\}/g, '')
  return rest.replace(/^(?:bearer|basic|token)\s*/i, '').trim() !== ''
}

/** What stands for a secret that nobody has yet: `<your-token>`, `YOUR_API_KEY`, `xxx`. */
export function isPlaceholder(value: string): boolean {
  const bare = value.replace(/^(?:bearer|basic|token)\s+/i, '')
  return /^<[^>]*>$|^\[[^\]]*\]$|^x{3,}$|^\.{3}$|^\*+$|^(?:your|my|insert|replace|add)[-_ ].*$|^change[-_ ]?me$/i.test(
    bare,
  )
}

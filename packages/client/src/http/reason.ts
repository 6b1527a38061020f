/** Why a connection failed, in words. */

export type Reason = {
  readonly why: string
  /** Whether it may be better in a moment. */
  readonly passing: boolean
}

/** What a proxy said instead of opening a way. */
export const PROXY_REFUSED = 'AAM_PROXY_REFUSED'
/** The connection was not open in time. */
export const CONNECT_TIMEOUT = 'AAM_CONNECT_TIMEOUT'
export const CLOSED: Reason = { why: 'the connection was closed in the middle', passing: true }

const UNTRUSTED: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'it signed itself',
  SELF_SIGNED_CERT_IN_CHAIN: 'its authority is unknown',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its authority is unknown',
  UNABLE_TO_GET_ISSUER_CERT: 'its authority is unknown',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its authority is unknown',
  CERT_UNTRUSTED: 'its authority is unknown',
  CERT_REJECTED: 'it was rejected',
  CERT_REVOKED: 'it was revoked',
  CERT_HAS_EXPIRED: 'it has expired',
  CERT_NOT_YET_VALID: 'it is not valid yet; is the clock right?',
  ERR_TLS_CERT_ALTNAME_INVALID: 'it is for another host',
  HOSTNAME_MISMATCH: 'it is for another host',
  INVALID_CA: 'its authority may not vouch for hosts',
}

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: CLOSED.why,
  EPIPE: CLOSED.why,
  ECONNABORTED: CLOSED.why,
  ETIMEDOUT: 'timed out',
  [CONNECT_TIMEOUT]: 'timed out before there was a connection',
  EHOSTUNREACH: 'there is no way to that host',
  ENETUNREACH: 'there is no way to that network',
  EADDRNOTAVAIL: 'this machine has no address left to connect from',
  EMFILE: 'too many files are open',
}

/**
 * The reason in an error of a socket or a request.
 * @param way the host that was wanted, and the proxy that asks for us, if one does; an error may name one itself
 */
export function explainConnection(
  error: Error,
  way: { readonly host: string; readonly proxy: string | undefined },
): Reason {
  const proxy = 'proxy' in error ? String(error.proxy) : way.proxy
  const { why, passing } = explain(error, proxy ?? way.host)
  return { why: proxy === undefined ? why : `the proxy ${proxy}: ${why}`, passing }
}

function explain(error: Error, host: string): Reason {
  const code = 'code' in error ? String(error.code) : ''
  if (code === PROXY_REFUSED) return { why: error.message, passing: /answered 50[234]/.test(error.message) }
  if (code === 'ENOTFOUND') return { why: `the name ${nameIn(error) ?? host} is unknown (DNS)`, passing: true }
  if (code === 'EAI_AGAIN') {
    return { why: `the name ${nameIn(error) ?? host} cannot be looked up now (DNS)`, passing: true }
  }
  const untrusted = UNTRUSTED[code]
  if (untrusted !== undefined) {
    const advice = /unknown|itself/.test(untrusted) ? '; NODE_EXTRA_CA_CERTS names a file with more authorities' : ''
    return { why: `its certificate is not trusted: ${untrusted}${advice}`, passing: false }
  }
  if (/^(?:EPROTO|ERR_SSL_|ERR_TLS_)/.test(code)) {
    const plain = code.includes('WRONG_VERSION') || /wrong version number|packet length too long/i.test(error.message)
    return { why: plain ? 'it does not speak TLS; is its address http:?' : `TLS failed (${code})`, passing: false }
  }
  return { why: WORDS[code] ?? (code === '' ? error.message : code), passing: true }
}

/** Whether what came was no HTTP. */
export function isNoHttp(error: Error): boolean {
  return 'code' in error && /^HPE_(?!INVALID_EOF_STATE|CLOSED)/.test(String(error.code))
}

/** The name that was looked up: that of the proxy, if there is one. */
function nameIn(error: Error): string | undefined {
  return 'hostname' in error && typeof error.hostname === 'string' ? error.hostname : undefined
}

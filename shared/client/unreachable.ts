import { ProblemError } from '../contract/problem.js'

interface Trouble {
  readonly what: string
  readonly hint: string
}

const ownAuthority =
  'Is it your own (Caddy\'s "tls internal", a company\'s)? Trust its authority: NODE_EXTRA_CA_CERTS=/path/to/root.crt c2a …'
const clocks = "Renew it there; if it is in order, this machine's clock is wrong."
const noTls =
  'What listens there does not speak TLS: use http:// for the daemon itself, https:// for the proxy in front.'

const usual = 'Does it run there? C2A_URL names it.'
/** How the error of a line begins that said nothing for too long. */
export const silent = 'no word for'
const heldBack =
  'Does something in between hold the stream back (nginx: proxy_buffering off)? Else the line is dead.'

/** What TLS says, by Node's code, and what to do. Checks are never to be turned off: the token would go to anybody. */
const tlsTroubles: Readonly<Record<string, Trouble>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: { what: 'its certificate is self-signed', hint: ownAuthority },
  SELF_SIGNED_CERT_IN_CHAIN: {
    what: 'its certificate is by an authority that this machine does not trust',
    hint: ownAuthority,
  },
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: {
    what: 'its certificate is by an authority that this machine does not trust',
    hint: ownAuthority,
  },
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: {
    what: 'its certificate is by an authority that this machine does not trust, or the server leaves out the ones between',
    hint: ownAuthority,
  },
  CERT_HAS_EXPIRED: { what: 'its certificate has expired', hint: clocks },
  CERT_NOT_YET_VALID: { what: 'its certificate is not valid yet', hint: clocks },
  ERR_TLS_CERT_ALTNAME_INVALID: {
    what: 'its certificate is for another name',
    hint: 'Put a name into C2A_URL that the certificate has, or add this one to the certificate.',
  },
  EPROTO: { what: 'no TLS there', hint: noTls },
  ERR_SSL_WRONG_VERSION_NUMBER: { what: 'no TLS there', hint: noTls },
  ERR_SSL_PACKET_LENGTH_TOO_LONG: { what: 'no TLS there', hint: noTls },
}

/** Nobody could be talked to at `where`; `isRemote`: C2A_URL named it. */
export function unreachable(where: string, isRemote: boolean, cause: Error): ProblemError {
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.message
  const trouble = Object.hasOwn(tlsTroubles, code) ? tlsTroubles[code] : undefined
  if (trouble !== undefined) {
    const { what, hint } = trouble
    const message = `cannot talk to ${where} safely: ${what} (${code})`
    return new ProblemError('daemon_unreachable', message, { cause, hint })
  }
  return new ProblemError('daemon_unreachable', `no daemon answers at ${where} (${code})`, {
    cause,
    ...(isRemote && { hint: cause.message.startsWith(silent) ? heldBack : usual }),
  })
}

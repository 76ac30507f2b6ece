import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Secret } from '../secret.js'
import { isCurrent, signatureOf } from './signature.js'

/* The example of Slack's documentation, "Verifying requests from Slack". */
const secret = new Secret('8f742231b10e8888abcd99yyyzzz85a5')
const timestamp = '1531420618'
const at = 1_531_420_618_000
const text =
  'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c'
const body = Buffer.from(text)
const signature = 'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503'

test("Slack's documented example is right", () => {
  const mac = signatureOf(secret, { timestamp, signature, body }, at)
  expect(`v0=${mac?.toString('hex')}`).toBe(signature)
})

test.each([
  ['no signature', { signature: undefined }],
  ['no timestamp', { timestamp: undefined }],
  ['another version', { signature: signature.replace('v0', 'v1') }],
  ['capital letters', { signature: signature.toUpperCase() }],
  ['a bare digest', { signature: signature.slice(3) }],
  ['a digest that is cut', { signature: signature.slice(0, -1) }],
  ['something after it', { signature: `${signature}0` }],
  ['another digit', { signature: signature.replace(/.$/, '4') }],
  ['another timestamp', { timestamp: '1531420619' }],
  ['another byte of the body', { body: Buffer.from(text.replace('foobar', 'foobaz')) }],
  ['the body encoded anew', { body: Buffer.from(text.replace('%2F', '/')) }],
  ['one byte more', { body: Buffer.from(`${text}\n`) }],
])('%s is refused', (_, change) => {
  expect(signatureOf(secret, { timestamp, signature, body, ...change }, at)).toBeUndefined()
})

test('another secret is refused', () => {
  const other = new Secret('8f742231b10e8888abcd99yyyzzz85a6')
  expect(signatureOf(other, { timestamp, signature, body }, at)).toBeUndefined()
})

const sign = (bytes: Uint8Array): string =>
  `v0=${createHmac('sha256', secret.reveal()).update(`v0:${timestamp}:`).update(bytes).digest('hex')}`

test('any bytes of a body can be signed, those that are no text, too', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      const signed = { timestamp, signature: sign(bytes), body: bytes }
      expect(signatureOf(secret, signed, at)).toBeDefined()
    }),
    { numRuns: 2_000 },
  )
})

test('one bit that is another, of body or signature, is refused', () => {
  const flipped = (bytes: Uint8Array, bit: number): Uint8Array =>
    bytes.map((byte, index) => (index === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte))
  const signed = Buffer.from(signature)
  for (let bit = 0; bit < body.length * 8; bit++) {
    expect(
      signatureOf(secret, { timestamp, signature, body: flipped(body, bit) }, at),
    ).toBeUndefined()
  }
  for (let bit = 0; bit < signed.length * 8; bit++) {
    const other = Buffer.from(flipped(signed, bit)).toString('latin1')
    expect(signatureOf(secret, { timestamp, signature: other, body }, at)).toBeUndefined()
  }
})

test.each([
  ['five minutes old', 300_000, true],
  ['a second older', 301_000, false],
  ['five minutes ahead', -300_000, true],
  ['a second more ahead', -301_000, false],
  ['ten days ahead', -864_000_000, false],
])('%s: %j', (_, lateMs, current) => {
  expect(isCurrent(timestamp, at + lateMs)).toBe(current)
})

test.each([
  '',
  'abc',
  '1531420618.0',
  '+1531420618',
  ' 1531420618',
  '1531420618 ',
  '0x5b479d8a',
  '1e9',
  '-1',
  'NaN',
  '1531420618\n',
  '١٥٣١٤٢٠٦١٨',
])('a timestamp %j is not one', (text) => {
  expect(isCurrent(text, at)).toBe(false)
})

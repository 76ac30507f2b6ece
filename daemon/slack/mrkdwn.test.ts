import { describe, expect, test } from 'vitest'
import { escaped, fitted, oneLine, toMrkdwn } from './mrkdwn.js'

test('the three characters that Slack reads are escaped, each once', () => {
  expect(escaped('<!channel> & <@U1> &amp;')).toBe('&lt;!channel&gt; &amp; &lt;@U1&gt; &amp;amp;')
})

describe('Markdown in the dialect of Slack', () => {
  test.each([
    ['plain', 'plain'],
    ['**bold** and **more of it**', '*bold* and *more of it*'],
    ['2 ** 3 ** 4', '2 ** 3 ** 4'],
    ['# A heading', '*A heading*'],
    ['### **Bold** heading ##', '*Bold heading*'],
    ['## Use `a` for $1 & $&\nThen', '*Use `a` for $1 &amp; $&amp;*\nThen'],
    ['#channel', '#channel'],
    ['[here](https://example.org/a?b=1&c=2)', '<https://example.org/a?b=1&amp;c=2|here>'],
    ['[x](javascript:alert(1))', '[x](javascript:alert(1))'],
    ['[!channel](https://a.example/>)', '<https://a.example/&gt;|!channel>'],
    ['![image](https://a.example/x.png)', '![image](https://a.example/x.png)'],
    ['`**code**` **bold**', '`**code**` *bold*'],
    ['```\n# no heading\n**x** < y\n```\n# One', '```\n# no heading\n**x** &lt; y\n```\n*One*'],
    ['```\n**open', '```\n**open'],
    ['* a\n* b', '* a\n* b'],
  ])('%j', (markdown, mrkdwn) => {
    expect(toMrkdwn(markdown)).toBe(mrkdwn)
  })

  test('a long text costs no more than its length', () => {
    const began = performance.now()
    for (const piece of ['**', '**a', '`', '[', '[a](http://', '```\n', '# ', '*', '\n', ' ']) {
      fitted(piece.repeat(200_000))
      fitted(`${piece.repeat(Math.floor(3_000 / piece.length))}\n`.repeat(13))
    }
    // Milliseconds; what is quadratic takes minutes.
    expect(performance.now() - began).toBeLessThan(5_000)
  })
})

describe('what Slack takes', () => {
  test('is left whole', () => {
    const whole = 'x'.repeat(39_990)
    expect(fitted(whole, { before: '>Hi\n', after: '\n_m_' })).toBe(`>Hi\n${whole}\n_m_`)
  })

  test.each([
    ['letters', 'x'.repeat(50_000)],
    ['what is escaped', '<&>'.repeat(20_000)],
    ['faces', '😀'.repeat(40_000)],
    ['megabytes', 'word '.repeat(1_000_000)],
  ])('is filled with %s, and the end of it says so', (_, text) => {
    const cut = fitted(text, { after: '\n_model_' })
    expect(cut.length).toBeLessThanOrEqual(40_000)
    expect(cut.length).toBeGreaterThan(39_950)
    expect(cut).toContain(`has ${text.length.toLocaleString('en')} characters`)
    expect(cut.endsWith('\n_model_')).toBe(true)
    expect(cut.isWellFormed()).toBe(true)
    expect(cut).not.toMatch(/&(?!amp;|lt;|gt;)/)
  })

  test('has no fence that is open before the note', () => {
    const cut = fitted(`\`\`\`js\n${'let x\n'.repeat(10_000)}\`\`\``)
    expect(cut).toMatch(/\n```\n\n_The answer has/)
  })
})

test('what is repeated is on one line, and short', () => {
  expect(oneLine(' a\n\n b ')).toBe('a b')
  expect(oneLine('😀'.repeat(400), 5)).toBe('😀😀😀😀…')
})

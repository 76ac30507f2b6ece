// How a lazy file that holds Ink is bundled. Ink and Yoga await at their top level, which only an ES
// module may; but only a script can be compiled from a cache (bin/compile-cache.js). So the module
// becomes the body of an async function and its exports, all of them async functions, wait for it.
// What these packages do at their start and this program never needs is left out: it would cost the
// first frame more than all the rest.
import { readFileSync, writeFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { join } from 'node:path'

/** esbuild's options for such a file, beside the common ones. */
export function moduleChunk(root, common) {
  return {
    format: 'esm',
    banner: { js: `${common.banner.js}const __body=(async()=>{` },
    define: {
      ...common.define,
      // Yoga would fetch its own code from a data URL, for which Node loads undici.
      fetch: 'undefined',
      'Intl.Segmenter': '__Segmenter',
      performance: '__performance',
    },
    inject: ['lean-segmenter.mjs', 'lean-clock.mjs'].map((name) => join(root, 'scripts', name)),
    plugins: [builtins, leanPackages(root)],
  }
}

/** Turns the module that esbuild wrote into a script. */
export function asScript(outfile) {
  const source = readFileSync(outfile, 'utf8')
  const [found, list] = /export\{([^}]*)\};?\s*(?=\/\/# sourceMapping|$)/.exec(source) ?? []
  if (found === undefined || /^import[ {"*]/m.test(source)) fail(`${outfile} cannot be a script`)
  const exported = list.split(',').map((item) => item.split(' as '))
  const fields = exported.map(([local, name = local]) => `${name}:${local}`)
  const waiting = exported.map(
    ([local, name = local]) => `exports.${name}=async(...a)=>(await __body).${name}(...a);`,
  )
  const end = `return{${fields}}})();exports.__esModule=true;${waiting.join('')}`
  writeFileSync(
    outfile,
    source.replace(found, () => `${end}\n`),
  )
}

/** Node's own modules are required, so that no import is left. */
const builtins = {
  name: 'builtins',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /.*/ }, ({ path, namespace }) => {
      if (!isBuiltin(path)) return undefined
      return namespace === 'builtin' ? { path, external: true } : { path, namespace: 'builtin' }
    })
    onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({
      contents: `module.exports = require('${path}')`,
    }))
  },
}

function leanPackages(root) {
  return {
    name: 'lean-packages',
    setup({ onLoad, onResolve }) {
      // React's developer tools, with a web socket server and all of TLS behind it.
      onLoad({ filter: /ink[\\/]build[\\/]devtools\.js$/ }, () => ({ contents: '' }))
      onResolve({ filter: /^ink$/ }, () => ({ path: join(root, 'scripts', 'lean-ink.mjs') }))
      // One version of it for all, the one that we measure with.
      onResolve({ filter: /^string-width$/ }, () => ({
        path: join(root, 'node_modules', 'string-width', 'index.js'),
      }))
      // Byte by byte, in code that is never warm.
      onLoad({ filter: /yoga-wasm-base64-esm\.js$/ }, ({ path }) => ({
        contents: replaced(path, [
          [
            'var b=xa(a.slice(37)),c=new Uint8Array(b.length);for(a=0;a<b.length;++a)c[a]=b.charCodeAt(a);var d=c',
            'var d=Buffer.from(a.slice(37),"base64")',
          ],
        ]),
      }))
      // Seven milliseconds for rules of which most texts need few: each is compiled when it is used.
      onLoad({ filter: /node_modules[\\/]marked[\\/]lib[\\/]marked\.esm\.js$/ }, ({ path }) => ({
        contents: `${replaced(path, [
          ['getRegex:()=>new RegExp(t,e)', 'getRegex:()=>lazyRegExp(t,e)'],
        ])}\n${lazyRegExp}`,
      }))
      // Sixteen milliseconds to compile, and most screens have no emoji.
      onLoad({ filter: /node_modules[\\/]string-width[\\/]index\.js$/ }, ({ path }) => ({
        contents: replaced(path, [
          [
            'const rgiEmojiRegex = /^\\p{RGI_Emoji}$/v;',
            'let rgi; const rgiEmojiRegex = { test: (text) => maybeEmoji.test(text) && (rgi ??= /^\\p{RGI_Emoji}$/v).test(text) };\n' +
              'const maybeEmoji = /\\p{Emoji_Presentation}|\\p{RI}|[\\u200d\\u20e3\\ufe0f\\u{1f3fb}-\\u{1f3ff}\\u{e0020}-\\u{e007f}]/u;',
          ],
        ]),
      }))
    },
  }
}

/** What marked does with a rule, done with the expression that it stands for. */
function lazyRegExp(source, flags) {
  let made
  const own = () => {
    made ??= new RegExp(source, flags)
    return made
  }
  return {
    source,
    exec: (text) => own().exec(text),
    test: (text) => own().test(text),
    get lastIndex() {
      return own().lastIndex
    },
    set lastIndex(index) {
      own().lastIndex = index
    },
    [Symbol.match]: (text) => own()[Symbol.match](text),
    [Symbol.replace]: (text, by) => own()[Symbol.replace](text, by),
  }
}

/** A package's source with something else in it. Another version may not have what we look for. */
function replaced(path, changes) {
  let source = readFileSync(path, 'utf8')
  for (const [from, to] of changes) {
    if (source.split(from).length !== 2) fail(`${path} does not hold once: ${from}`)
    source = source.replace(from, () => to)
  }
  return source
}

function fail(why) {
  process.stderr.write(`${why}\n`)
  process.exit(1)
}

// How a lazy file that holds Ink is bundled. Ink and Yoga await at their top level, which only an ES
// module may; but only a script can be compiled from a cache (bin/compile-cache.js). So the module
// becomes the body of an async function and its exports, all of them async functions, wait for it.
// What these packages do at their start and this program never needs is left out: it would cost the
// first frame more than all the rest.
import { readFileSync, writeFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { join } from 'node:path'
import { fail, replaced } from './replaced.mjs'

/** esbuild's options for such a file, instead of the common ones. */
export function moduleChunk(root, common) {
  return {
    format: 'esm',
    banner: { js: `${common.banner.js}const __body=(async()=>{` },
    define: {
      ...common.define,
      // Yoga would fetch its own code from a data URL, for which Node loads undici.
      fetch: 'undefined',
      performance: '__performance',
    },
    inject: [...common.inject, join(root, 'scripts', 'lean-clock.mjs')],
    plugins: [builtins, leanPackages(root), ...common.plugins],
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

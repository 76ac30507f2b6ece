'use strict'

// Node 20 has no compile cache of its own, and compiling is a twentieth of a short command. What a
// run has compiled is kept beside the bundle; nobody who cannot write there is worse off for it.

const fs = require('node:fs')
const Module = require('node:module')
const vm = require('node:vm')

/** A smaller file is compiled before its cache is read, bytes. */
const worthwhile = 8 * 1024

/** Keeps the compiled code of the bundles in `dist`, a directory's path that ends in a slash. */
function cacheCompiledCode(dist) {
  const plain = Module._extensions['.js']
  Module._extensions['.cjs'] = (module, file) => {
    const { mtimeMs, size } = fs.statSync(file)
    if (size < worthwhile || !file.startsWith(dist)) return plain(module, file)
    const source = fs.readFileSync(file, 'utf8')
    // V8 itself checks only the length of the source; another build has another time.
    const kept = `${file}.${process.version}-${process.arch}-${mtimeMs}.cache`
    const script = new vm.Script(Module.wrap(source), { filename: file, cachedData: read(kept) })
    if (script.cachedDataRejected !== false) process.on('exit', () => write(kept, script))
    const run = script.runInThisContext()
    run(module.exports, module.require.bind(module), module, file, dist)
  }
}

function read(path) {
  try {
    return fs.readFileSync(path)
  } catch {
    return undefined
  }
}

/** At the end of a run, so that the functions it called are compiled, too. */
function write(path, script) {
  const draft = `${path}.${process.pid}`
  try {
    fs.writeFileSync(draft, script.createCachedData(), { flag: 'wx' })
    fs.renameSync(draft, path)
  } catch {
    // A read-only installation: it works without.
  }
}

module.exports = { cacheCompiledCode }

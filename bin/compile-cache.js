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
    if (script.cachedDataRejected !== false) keep(kept, script)
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

/**
 * Not at once, so that the functions that a start calls are compiled, too; but no later than a second
 * after it: what else a long run calls would only make the file larger, and it may end by a signal.
 */
function keep(path, script) {
  let isKept = false
  const once = () => {
    if (!isKept) write(path, script)
    isKept = true
  }
  process.on('exit', once)
  setTimeout(once, 1_000).unref()
}

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

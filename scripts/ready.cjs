'use strict'

// Makes a checkout runnable: installs when the lock file changed, builds when a source did. Costs a
// look at the modification times when there is nothing to do. All its words go to stderr.

const fs = require('node:fs')
const { join } = require('node:path')

const root = join(__dirname, '..')
const stamp = join(root, 'dist', 'build.json')
const installed = join(root, 'node_modules', '.package-lock.json')
const busy = join(root, 'dist', '.busy')

function modified(path) {
  return fs.statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0
}

/** True when something under `directory` is newer than `time`; a removed file shows in its directory. */
function newerThan(directory, time) {
  if (modified(directory) > time) return true
  return fs.readdirSync(directory, { withFileTypes: true }).some((entry) => {
    // Not join(): this is looked at before every command.
    const path = `${directory}/${entry.name}`
    if (entry.isDirectory()) return newerThan(path, time)
    return !/\.test\.tsx?$/.test(entry.name) && modified(path) > time
  })
}

function needsInstall() {
  return modified(join(root, 'package-lock.json')) > modified(installed)
}

function needsBuild() {
  const built = modified(stamp)
  if (built === 0) return true
  if (modified(join(root, 'package.json')) > built) return true
  if (modified(join(root, 'scripts', 'build.mjs')) > built) return true
  return ['cli', 'daemon', 'shared'].some((folder) => newerThan(join(root, folder), built))
}

function say(text) {
  process.stderr.write(`c2a: ${text}\n`)
}

function run(file, args) {
  // Loaded when there is something to run: this file is looked through before every command.
  const { execFileSync } = require('node:child_process')
  try {
    // What the tools print must not get into a pipe that waits for an answer.
    execFileSync(file, args, { cwd: root, stdio: ['ignore', 2, 2] })
  } catch (error) {
    if (error.code === 'ENOENT') say(`${file} is not on PATH; it comes with Node.js`)
    say(`"${file} ${args.join(' ')}" failed; what it printed is above`)
    process.exit(1)
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0)
    // A killed process stays a zombie where nobody collects it.
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8')
    return !/^\d+ \(.*\) [ZX]/s.test(stat)
  } catch (error) {
    return error.code === 'EPERM' || (error.code === 'ENOENT' && process.platform !== 'linux')
  }
}

/** One at a time: several terminals may be opened at once on a fresh clone. */
function exclusively(work) {
  fs.mkdirSync(join(root, 'dist'), { recursive: true })
  for (;;) {
    try {
      fs.writeFileSync(busy, String(process.pid), { flag: 'wx' })
      break
    } catch (error) {
      if (error.code !== 'EEXIST') {
        say(`cannot write to ${join(root, 'dist')} (${error.code}); run c2a once as its owner`)
        process.exit(1)
      }
      let holder = 0
      try {
        holder = Number(fs.readFileSync(busy, 'utf8'))
      } catch {
        // Gone in between: the next round takes it.
      }
      if (holder !== 0 && !isAlive(holder)) fs.rmSync(busy, { force: true })
      else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100)
    }
  }
  try {
    work()
  } finally {
    fs.rmSync(busy, { force: true })
  }
}

function makeReady() {
  if (!needsInstall() && !needsBuild()) return
  exclusively(() => {
    if (needsInstall()) {
      say('installing what it is built with (once; half a minute)')
      // Everything is bundled, so what to build with is a development dependency, whatever NODE_ENV says.
      run('npm', [
        'ci',
        '--include=dev',
        '--no-audit',
        '--no-fund',
        '--no-update-notifier',
        '--loglevel=error',
      ])
      fs.utimesSync(installed, new Date(), new Date())
    }
    if (needsBuild()) {
      say('building')
      run(process.execPath, [join('scripts', 'build.mjs')])
    }
  })
}

module.exports = { makeReady }
if (require.main === module) makeReady()

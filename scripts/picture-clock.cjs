'use strict'

// Loaded before the chat of a picture: time stands still at PICTURE_NOW (ms since 1970), and each
// SIGVTALRM moves it on by the next of PICTURE_STEPS (ms, between commas).

const Real = Date
const steps = (process.env.PICTURE_STEPS ?? '').split(',').map(Number)
let now = Number(process.env.PICTURE_NOW)

globalThis.Date = class extends Real {
  constructor(...given) {
    super(...(given.length === 0 ? [now] : given))
  }

  static now() {
    return now
  }
}

process.on('SIGVTALRM', () => {
  now += steps.shift() ?? 0
})

// What panes use of Ink. Its package entry would bring the whole application with it: input, log,
// focus, and a full-screen writer that is never used.
// biome-ignore-all lint/performance/noBarrelFile: it stands for the package's own
export { default as Box } from '../node_modules/ink/build/components/Box.js'
export { default as Text } from '../node_modules/ink/build/components/Text.js'
export { default as renderToString } from '../node_modules/ink/build/render-to-string.js'

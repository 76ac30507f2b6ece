declare const C2A_VERSION: string | undefined
declare const C2A_BUILD: string | undefined
declare const C2A_ENGINES: string | undefined

/** package.json's version, put in by the build. */
export const version = typeof C2A_VERSION === 'undefined' ? '0.0.0' : C2A_VERSION

/** A hash of the sources, put in by the build: a client and its daemon must agree on it. */
export const build = typeof C2A_BUILD === 'undefined' ? 'source' : C2A_BUILD

/** The versions of Node that package.json names. */
export const engines = typeof C2A_ENGINES === 'undefined' ? '' : C2A_ENGINES

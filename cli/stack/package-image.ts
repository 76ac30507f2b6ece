/*
 * The Dockerfile builds from the sources, which the npm package does not have: from there the image is
 * its last stage alone, with what the package brings.
 */

/** The last stage, its files taken from the directory itself. */
export function packageDockerfile(dockerfile: string): string {
  const last = dockerfile.slice(dockerfile.lastIndexOf('\nFROM ') + 1)
  return last.replace(/^COPY --from=build \/app\//gm, 'COPY ')
}

/** What that stage copies: files of the package's root. */
export function copiedByImage(dockerfile: string): string[] {
  const copies = packageDockerfile(dockerfile).matchAll(/^COPY (\S+) \S+$/gm)
  return [...copies].map(([, source = '']) => source)
}

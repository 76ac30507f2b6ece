import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { copiedByImage, packageDockerfile } from './package-image.js'

const dockerfile = readFileSync(new URL('../../Dockerfile', import.meta.url), 'utf8')

test('from the npm package the image is the last stage, with files that the package has', () => {
  const text = packageDockerfile(dockerfile)
  expect(text).toMatch(/^FROM node:\S+-slim\n/)
  expect(text.match(/^FROM /gm)).toHaveLength(1)
  expect(text).not.toContain('--from')
  expect(text).toContain('\nCOPY dist dist\n')
  expect(copiedByImage(dockerfile)).toEqual(['package.json', 'bin', 'dist', 'sql'])
})

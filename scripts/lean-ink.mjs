// What panes use of Ink. Its package entry would bring the whole application with it: input, log,
// focus, and a full-screen writer that is never used.
// biome-ignore-all lint/performance/noBarrelFile: it stands for the package's own

import { LegacyRoot } from 'react-reconciler/constants.js'
import Yoga from 'yoga-layout'
import { createNode } from '../node_modules/ink/build/dom.js'
import reconciler from '../node_modules/ink/build/reconciler.js'
import squashTextNodes from '../node_modules/ink/build/squash-text-nodes.js'

export { default as Box } from '../node_modules/ink/build/components/Box.js'
export { default as Transform } from '../node_modules/ink/build/components/Transform.js'

const nothing = () => undefined

/**
 * Ink's own, for boxes and transformed rows that do not lie over each other, which is all that panes
 * are made of. Ink reads each row into cells with styles and writes it again from them; here a row
 * stays as it is. The tree is taken down when there is time, not before the frame is out.
 */
export function renderToString(element, { columns }) {
  const root = createNode('ink-root')
  root.onComputeLayout = () => {
    root.yogaNode.setWidth(columns)
    root.yogaNode.calculateLayout(undefined, undefined, Yoga.DIRECTION_LTR)
  }
  let failure
  const container = reconciler.createContainer(
    ...[root, LegacyRoot, null, false, null, '', (error) => (failure ??= { error })],
    ...[nothing, nothing, nothing],
  )
  const update = (content) => {
    reconciler.updateContainerSync(content, container, null, nothing)
    reconciler.flushSyncWork()
  }
  update(element)
  const rows = Array.from({ length: root.yogaNode.getComputedHeight() }, () => '')
  drawRows(root, 0, 0, rows)
  setImmediate(() => {
    update(null)
    root.yogaNode.free()
  })
  if (failure !== undefined) throw failure.error
  return rows.join('\n')
}

function drawRows({ childNodes, nodeName, yogaNode, ...node }, left, top, rows) {
  const x = left + yogaNode.getComputedLeft()
  const y = top + yogaNode.getComputedTop()
  if (nodeName !== 'ink-text') {
    for (const child of childNodes) drawRows(child, x, y, rows)
    return
  }
  const lines = squashTextNodes({ childNodes }).split('\n')
  for (const [index, line] of lines.entries()) {
    if (y + index < rows.length)
      rows[y + index] = ' '.repeat(x) + node.internal_transform(line, index)
  }
}

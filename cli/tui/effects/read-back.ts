import type { Page } from '../../../shared/client/transport.js'
import type { Message } from '../../../shared/contract/message.js'

/** Read at once on the way back to one message: there may be thousands of them before it. */
export const messagesPerStep = 200

export interface Back {
  /** The message to find. */
  readonly to: string
  /** Called when more than one step is to be gone. */
  onFar(): void
}

/**
 * The newest messages with all before them up to one that is looked for, or to the first of all.
 * `read` reads the page before a cursor.
 */
export async function readBackTo(
  { to, onFar }: Back,
  newest: Page<Message>,
  read: (before: string) => Promise<Page<Message>>,
): Promise<Page<Message>> {
  const pages = [newest.items]
  let { older } = newest
  let items = newest.items
  while (older !== undefined && !items.some((message) => message.id === to)) {
    if (pages.length === 2) onFar()
    ;({ items, older } = await read(older))
    pages.push(items)
  }
  return { items: pages.reverse().flat(), ...(older !== undefined && { older }) }
}

/** A hint as it is said in the chat: there a model is named by a slash command, not by a flag. */
export function inChatWords(hint: string): string {
  return hint.replace(/(?<!\S)-m (?=\S)/g, '/model ')
}

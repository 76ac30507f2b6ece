/** The prompts of plan mode: the user's own words are what is stored, these only travel. */

/** Asks the planning model for a checklist. */
export function planningPrompt(task: string): string {
  return `Write a concise, actionable plan for the task below, as a numbered checklist only.

- Number the steps 1., 2., 3. and so on.
- One short, specific action per step.
- No introduction and no closing remarks.

Task:
${task}`
}

/** Asks the answering model to carry the plan out. */
export function answeringPrompt(question: string, plan: string): string {
  return `Carry out the plan below, step by step, and give a concrete implementation.

- Do not restate the plan; give only what can be acted on.
- Put code in fenced blocks with the right language tag, and name a file's path before its block.
- Assume Linux and bash unless the question says otherwise.
- Keep explanations brief, and end with how to verify the result.

Question:
${question}

Plan to follow (do not repeat it):
${plan}`
}

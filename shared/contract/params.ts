import { unknownNames } from '../nearest.js'
import { z } from './common.js'
import {
  expectedOf,
  type ParamName,
  type ParamValue,
  paramNames,
  paramTable,
  wordShape,
} from './param-table.js'

/** What one parameter may be, as the table has it. A refusal says the whole of it. */
function schemaOf(name: ParamName) {
  const error = `must be ${expectedOf(name)}`
  const spec = paramTable[name]
  switch (spec.kind) {
    case 'number':
      return z.number({ error }).min(spec.least, { error }).max(spec.most, { error })
    case 'integer':
      return z.number({ error }).int({ error }).min(spec.least, { error }).max(spec.most, { error })
    case 'texts': {
      const text = z.string().min(1, { error }).max(spec.longest, { error })
      const list = z.array(z.string().min(1).max(spec.longest))
      return z.union([text, list.min(1, { error }).max(spec.most, { error })], { error })
    }
    case 'word':
      return z
        .string({ error })
        .min(1, { error })
        .max(spec.longest, { error })
        .regex(wordShape, { error })
  }
}

type Fields = { [Name in ParamName]: z.ZodOptional<z.ZodType<ParamValue<Name>>> }
type CallFields = {
  [Name in ParamName]: z.ZodOptional<z.ZodNullable<z.ZodType<ParamValue<Name>>>>
}

const entries = paramNames.map((name) => {
  const schema = schemaOf(name).describe(paramTable[name].meaning)
  return [name, schema] as const
})

/** As fields of a post: null leaves one out, whatever session and role say. */
export const callParams = Object.fromEntries(
  entries.map(([name, schema]) => [name, schema.nullable().optional()]),
) as unknown as CallFields

const fields = Object.fromEntries(
  entries.map(([name, schema]) => [name, schema.optional()]),
) as unknown as Fields

/** These fields and no others; a refusal names them, and the one that was probably meant. */
export function only<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys' ? unknownNames(issue.keys, Object.keys(shape)) : undefined,
  })
}

/** What a session or a role keeps for the calls that name nothing else. */
export const Params = only(fields).openapi('Params', {
  description: 'Parameters of a completion: a call’s go over the session’s, these over the role’s',
})

/** In a body: the whole of it replaces what was there. */
export const keptParams = Params.nullable().optional().describe('replaces all of them; null: none')

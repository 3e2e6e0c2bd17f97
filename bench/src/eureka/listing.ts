import { Type } from 'typebox'
import { Value } from 'typebox/value'
import { EXIT, Failure } from '../command.ts'

const Instance = Type.Object({ instanceId: Type.String(), status: Type.String(), actionType: Type.Optional(Type.String()) })
const Listing = Type.Object({
  applications: Type.Object({
    apps__hashcode: Type.String(),
    application: Type.Array(Type.Object({ name: Type.String(), instance: Type.Array(Instance) })),
  }),
})

export interface ListedApplication {
  name: string
  instance: { instanceId: string; status: string; actionType?: string }[]
}

/** A full or delta answer in JSON, as far as it is used. Errors: a Failure when it is no such answer. */
export function parseListing(text: string): { hashCode: string; applications: ListedApplication[] } {
  const parsed: unknown = JSON.parse(text)
  if (!Value.Check(Listing, parsed)) throw new Failure(EXIT.failed, 'The registry’s answer is no list of applications.')
  return { hashCode: parsed.applications.apps__hashcode, applications: parsed.applications.application }
}

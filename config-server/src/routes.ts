import { AppError, type HttpServer, type Logger, sendProblem } from '@order-flow/service-kit'
import { Type } from 'typebox'
import { type Checkout, findCheckout } from './checkout.ts'
import { ConfigFileError } from './document.ts'
import { candidateFileNames, environmentJson, propertySourcesOf } from './environment.ts'
import type { Folder } from './folder.ts'
import { type EnvironmentRequest, parseEnvironmentRequest } from './request-names.ts'

const Params = Type.Object({ application: Type.String(), profiles: Type.String(), label: Type.Optional(Type.String()) })

/** Such a path asks for a flat file (`/main/order-service-dev.yml`), not for a profile of that name. */
const FLAT_FILE = /\b\.(?:yml|yaml|properties|json)\b/

/** `GET /{application}/{profiles}[/{label}]`: the Environment in Spring's JSON. */
export function addRoutes(http: HttpServer, folder: Folder, logger: Logger): void {
  for (const url of ['/:application/:profiles', '/:application/:profiles/:label']) {
    http.get(url, { schema: { params: Params } }, async (request, reply) => {
      if (FLAT_FILE.test(request.params.profiles)) throw new AppError('not_found', 'Flat files are not served; ask for an environment.')
      const environmentRequest = parseEnvironmentRequest(request.params)
      try {
        return reply.type('application/json').send(await answerEnvironment(folder, environmentRequest))
      } catch (error) {
        if (!(error instanceof ConfigFileError)) throw error
        logger.error({ err: error, requestId: request.id }, 'configuration file cannot be served')
        // A 500 as in Spring, but with its reason: whoever is allowed to ask here is the one who can repair the file.
        const title = 'A configuration file cannot be served'
        return sendProblem(reply, {
          type: '/problems/bad-config-file',
          title,
          status: 500,
          detail: error.message,
          instance: request.url.split('?')[0] ?? '/',
        })
      }
    })
  }
}

async function answerEnvironment(folder: Folder, request: EnvironmentRequest): Promise<string> {
  const checkout = await findCheckout(folder.path)
  refuseOtherLabels(request.label, checkout)
  const found = await Promise.all(candidateFileNames(request).map((fileName) => folder.read(fileName)))
  const files = found.filter((file) => file !== undefined)
  return environmentJson(request, propertySourcesOf(files, request, folder.path), checkout?.commit ?? null)
}

/** What is served is the folder as it stands, so only the label that it stands at can be asked for. */
function refuseOtherLabels(label: string | null, checkout: Checkout | undefined): void {
  if (label === null || checkout === undefined || label === checkout.branch || label === checkout.commit) return
  throw new AppError(
    'not_found',
    `The label ${label} is not served: the configuration folder stands at ${checkout.branch ?? checkout.commit}.`,
  )
}

import { join } from 'node:path'
import { createApp } from '@order-flow/config-server'
import { AppError, projectVersion, silentLogger } from '@order-flow/service-kit'

const ROOT = join(import.meta.dirname, '..', '..')

/** What is left of a command line once the registry's own configuration has been seen to. */
export interface OwnConfiguration {
  /** The options without `--repo DIR`. */
  options: string[]
  /** Where the configuration is served from; undefined when there is a config server to ask. */
  url: string | undefined
  stop(): Promise<void>
}

/**
 * A registry depends on nobody: unless it is told of a config server (`--config`, CONFIG_SERVER_URL) it reads the configuration
 * files itself, from `--repo DIR`, CONFIG_REPO or `config-repo`, served to it on a port of this process until it has started.
 * Errors: `unavailable` when the folder cannot be read; `invalid` for `--repo` without a folder.
 */
export async function serveOwnConfiguration(args: readonly string[], env: NodeJS.ProcessEnv): Promise<OwnConfiguration> {
  const index = args.indexOf('--repo')
  const folder = index < 0 ? undefined : args[index + 1]
  if (index >= 0 && folder === undefined) throw new AppError('invalid', 'The option --repo needs a folder.')
  const options = index < 0 ? [...args] : args.toSpliced(index, 2)
  if (options.some((option) => option === '--config' || option.startsWith('--config=')) || env.CONFIG_SERVER_URL) {
    return { options, url: undefined, stop: async () => undefined }
  }
  const repoDir = folder ?? env.CONFIG_REPO ?? join(ROOT, 'config-repo')
  const configServer = createApp({ repoDir, host: '127.0.0.1', port: 0, logger: silentLogger, version: projectVersion() })
  return { options, url: await configServer.start(), stop: () => configServer.stop() }
}

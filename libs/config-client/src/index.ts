export { type Configuration, type ConfigurationRequest, ConfigurationUnavailableError, loadConfiguration } from './load-configuration.ts'

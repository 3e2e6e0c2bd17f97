import { setFlagsFromString } from 'node:v8'
import { runService } from '@order-flow/service-kit'
import { Config, createApp, name } from './app.ts'

// Leases live long and what a request makes is gone at once: a young generation that grows costs memory and gains nothing
// (docs/performance.md, the registry).
setFlagsFromString('--semi-space-growth-factor=1')

await runService({ name, Config, createApp })

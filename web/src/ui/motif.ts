import type { ReactElement } from 'react'

/** The colours of one picture: backdrop, table, and the thing itself in three tones with an accent. */
export interface Palette {
  sky: string
  ground: string
  main: string
  shade: string
  light: string
  accent: string
}

/** A drawing of 200 x 200 that stands on a table at y = 164. */
export type Motif = (colours: Palette) => ReactElement

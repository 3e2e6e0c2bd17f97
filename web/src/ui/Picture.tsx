import { hashText } from './hash.ts'
import type { Palette } from './motif.ts'
import { motifFor } from './motif-words.ts'

const PALETTES: readonly Palette[] = [
  { sky: '#f4e8da', ground: '#ead7c1', main: '#c8693f', shade: '#a9512c', light: '#e6a27c', accent: '#2f4b44' },
  { sky: '#e5ece1', ground: '#d0dccb', main: '#6b8f71', shade: '#4f7257', light: '#a3c1a4', accent: '#d9a441' },
  { sky: '#e0e9ef', ground: '#c8d7e0', main: '#4f7694', shade: '#39597a', light: '#94b5cb', accent: '#e0a458' },
  { sky: '#f6e5e2', ground: '#eacdc9', main: '#c06c76', shade: '#9c4f5b', light: '#e5abb0', accent: '#3d5a58' },
  { sky: '#f7eed6', ground: '#ebdcb2', main: '#d39b2a', shade: '#ae7b17', light: '#efcc7c', accent: '#3f5568' },
  { sky: '#ebe5ef', ground: '#d8cce1', main: '#7d5a8c', shade: '#604170', light: '#b296be', accent: '#d98e5f' },
  { sky: '#deedeb', ground: '#c3dbd7', main: '#2f7f79', shade: '#1f625d', light: '#7cb9b2', accent: '#e8a87c' },
  { sky: '#e8e6e0', ground: '#d5d1c8', main: '#4b5057', shade: '#33373d', light: '#868c95', accent: '#c9793d' },
]

const BACKDROPS = [
  'M100 28a66 66 0 0 1 66 66v62H34V94a66 66 0 0 1 66-66z',
  'M100 22a72 72 0 1 1 0 144 72 72 0 0 1 0-144z',
  'M40 40h120v116H40z',
  '',
]

interface PictureProps {
  seed: string
  name: string
  className?: string
}

/**
 * A picture drawn for a product: what it shows follows from words in `name`, its colours and backdrop
 * from `seed`. The same product always looks the same.
 */
export function Picture({ seed, name, className = '' }: PictureProps) {
  const hash = hashText(seed)
  const palette = PALETTES[hash % PALETTES.length] ?? { sky: '', ground: '', main: '', shade: '', light: '', accent: '' }
  const Motif = motifFor(name, hash >>> 5)
  const backdrop = BACKDROPS[(hash >>> 11) % BACKDROPS.length]
  return (
    <svg aria-hidden="true" viewBox="0 0 200 200" preserveAspectRatio="xMidYMid slice" className={`block dark:brightness-90 ${className}`}>
      <path fill={palette.sky} d="M-100-100h400v400h-400z" />
      {backdrop ? <path fill={palette.ground} opacity=".55" d={backdrop} /> : null}
      <path fill={palette.ground} d="M-100 154h400v150h-400z" />
      <ellipse cx="104" cy="164" rx="52" ry="7" fill={palette.shade} opacity=".22" />
      <Motif {...palette} />
    </svg>
  )
}

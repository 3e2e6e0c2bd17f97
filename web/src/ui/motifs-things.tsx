import type { Motif } from './motif.ts'

export const bag: Motif = ({ main, shade, light, accent }) => (
  <>
    <path d="M76 84V66a24 24 0 0 1 48 0v18" fill="none" stroke={shade} strokeWidth="7" />
    <path d="M52 80h96l8 76a8 8 0 0 1-8 8H52a8 8 0 0 1-8-8z" fill={main} />
    <path d="M124 80h24l8 76a8 8 0 0 1-8 8h-18z" fill={shade} opacity=".5" />
    <path d="M48 112h104l2 16H46z" fill={light} />
    <circle cx="100" cy="120" r="13" fill={accent} />
  </>
)

export const books: Motif = ({ main, shade, light, accent }) => (
  <>
    <path d="M46 140h104v24H46z" fill={main} />
    <path d="M140 144h10v16h-10z" fill={light} />
    <path d="M56 116h98v24H56z" fill={accent} />
    <path d="M62 116h8v24h-8z" fill={light} />
    <path d="M50 92h88v24H50z" fill={shade} />
    <path d="M128 96h10v16h-10z" fill={light} />
    <path d="M88 92c0-16 8-26 22-26 0 16-8 26-22 26z" fill={light} />
    <path d="M84 92c0-12-6-20-17-20 0 12 6 20 17 20z" fill={main} />
  </>
)

export const gift: Motif = ({ main, shade, light, accent }) => (
  <>
    <path d="M56 96h90v68H56z" fill={main} />
    <path d="M122 96h24v68h-24z" fill={shade} opacity=".5" />
    <path d="M48 80h106v20H48z" fill={shade} />
    <path d="M92 80h18v84H92z" fill={accent} />
    <path d="M101 80C84 80 68 72 74 58s24 2 27 22zM101 80c17 0 33-8 27-22s-24 2-27 22z" fill={accent} />
    <path d="M101 80c-9-2-20-6-18-13s14 2 18 13zM101 80c9-2 20-6 18-13s-14 2-18 13z" fill={light} />
  </>
)

export const heart: Motif = ({ main, shade, light, accent }) => (
  <>
    <path d="M100 30v30" stroke={accent} strokeWidth="3.5" />
    <path d="M88 30c4-8 20-8 24 0" stroke={accent} strokeWidth="3.5" fill="none" />
    <path d="M100 156C54 126 44 104 48 84c6-24 38-28 52-4 14-24 46-20 52 4 4 20-6 42-52 72z" fill={main} />
    <path d="M128 68c12 1 22 8 24 16 4 20-6 42-52 72 26-32 36-56 28-88z" fill={shade} opacity=".45" />
    <path d="M64 92c2-10 10-14 18-12" stroke={light} strokeWidth="6" fill="none" strokeLinecap="round" />
  </>
)

export const umbrella: Motif = ({ main, shade, light, accent }) => (
  <>
    <path d="M101 44v104c0 14 20 14 20 0" fill="none" stroke={accent} strokeWidth="6" strokeLinecap="round" />
    <path d="M30 108a71 64 0 0 1 142 0c-10-12-26-12-36 0-10-12-25-12-35 0-10-12-25-12-35 0-10-12-26-12-36 0z" fill={main} />
    <path d="M101 44c-20 10-34 34-35 64 10-12 25-12 35 0z" fill={light} opacity=".6" />
    <path d="M101 44c20 10 34 34 35 64 10-12 26-12 36 0a71 64 0 0 0-71-64z" fill={shade} opacity=".5" />
  </>
)

export const letter: Motif = ({ main, shade, light, accent }) => (
  <>
    <path d="M60 56h86v70H60z" fill="#fffaf0" />
    <path d="M74 72h58M74 84h40" stroke={light} strokeWidth="5" strokeLinecap="round" />
    <path d="M44 96l57 36 57-36v68H44z" fill={main} />
    <path d="M44 164l46-38 11 6 11-6 46 38z" fill={shade} opacity=".55" />
    <circle cx="101" cy="136" r="11" fill={accent} />
  </>
)

export const pen: Motif = ({ main, shade, light, accent }) => (
  <>
    <path d="M52 148h98v16H52z" fill={light} />
    <path d="M52 148h98v6H52z" fill={shade} opacity=".35" />
    <path d="M138 34l18 14-58 74-18-14z" fill={main} />
    <path d="M147 41l9 7-58 74-9-7z" fill={shade} opacity=".55" />
    <path d="M80 108l18 14-24 14z" fill={accent} />
    <path d="M126 49l18 14-6 8-18-14z" fill={light} />
  </>
)

export const tape: Motif = ({ main, shade, light, accent }) => (
  <>
    <path d="M124 164h52v-12h-40z" fill={light} />
    <path fillRule="evenodd" d="M92 60a52 52 0 1 1 0 104 52 52 0 0 1 0-104zm0 27a25 25 0 1 0 0 50 25 25 0 0 0 0-50z" fill={main} />
    <path d="M92 74a38 38 0 0 1 38 38M54 112a38 38 0 0 0 38 38" fill="none" stroke={accent} strokeWidth="7" strokeDasharray="5 9" />
    <circle cx="92" cy="112" r="25" fill="none" stroke={shade} strokeWidth="5" />
  </>
)

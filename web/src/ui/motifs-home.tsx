import type { Motif } from './motif.ts'

export const vase: Motif = ({ main, shade, light, accent }) => (
  <>
    <path
      d="M98 84C92 62 84 50 70 40M101 84c2-26 0-40 4-58M104 84c6-18 16-28 28-34"
      stroke={accent}
      strokeWidth="4"
      fill="none"
      strokeLinecap="round"
    />
    <circle cx="68" cy="38" r="11" fill={light} />
    <circle cx="106" cy="26" r="12" fill={main} opacity=".85" />
    <circle cx="134" cy="48" r="10" fill={light} />
    <path d="M86 82h30c-2 16 20 26 20 48 0 20-12 34-24 34H90c-12 0-24-14-24-34 0-22 22-32 20-48z" fill={main} />
    <path d="M106 82h10c-2 16 20 26 20 48 0 20-12 34-24 34 12-24 4-54-6-82z" fill={shade} opacity=".55" />
  </>
)

export const lamp: Motif = ({ main, shade, light, accent }) => (
  <>
    <path d="M70 96h64l34 58H36z" fill={light} opacity=".3" />
    <path d="M78 40h46l22 56H56z" fill={main} />
    <path d="M108 40h16l22 56h-26z" fill={shade} opacity=".5" />
    <path d="M97 96h8v58h-8z" fill={accent} />
    <path d="M72 164c0-10 12-14 29-14s29 4 29 14z" fill={accent} />
    <path d="M128 96v22" stroke={accent} strokeWidth="2.5" />
    <circle cx="128" cy="121" r="4" fill={accent} />
  </>
)

export const candle: Motif = ({ main, shade, light, accent }) => (
  <>
    <path d="M86 74c-10-12 2-20 0-34 14 10 18 24 8 34z" fill={accent} />
    <path d="M64 84h50v80H64z" fill={main} />
    <path d="M98 84h16v80H98z" fill={shade} opacity=".5" />
    <path d="M64 84h50v14c-8 0-8 12-15 12s-6-9-13-9-7 6-12 6-5-9-10-9z" fill={light} />
    <path d="M89 72v12" stroke={shade} strokeWidth="3" />
    <path d="M122 116h30v48h-30z" fill={accent} />
    <path d="M137 110v-9" stroke={shade} strokeWidth="3" />
    <path d="M137 104c-7-8 1-13 0-22 10 7 9 17 0 22z" fill={light} />
  </>
)

export const cushion: Motif = ({ main, shade, light, accent }) => (
  <>
    <path d="M46 66c36 10 74 10 108 0 8 32 8 62 0 96-36-10-74-10-108 0-8-34-8-64 0-96z" fill={main} />
    <path d="M128 70c10-1 18-2 26-4 8 32 8 62 0 96-8-2-17-4-26-5 8-30 8-58 0-87z" fill={shade} opacity=".45" />
    <path d="M62 84l38 58 38-58M62 144l38-58 38 58" stroke={light} strokeWidth="5" fill="none" strokeLinejoin="round" />
    <circle cx="100" cy="114" r="9" fill={accent} />
  </>
)

export const clock: Motif = ({ main, shade, light, accent }) => (
  <>
    <path d="M66 152l-10 14M136 152l10 14" stroke={shade} strokeWidth="8" strokeLinecap="round" />
    <circle cx="74" cy="52" r="15" fill={accent} />
    <circle cx="128" cy="52" r="15" fill={accent} />
    <circle cx="101" cy="106" r="58" fill={main} />
    <circle cx="101" cy="106" r="44" fill="#fffaf0" />
    <path d="M101 106V78M101 106l20 12" stroke={shade} strokeWidth="6" strokeLinecap="round" />
    <path d="M101 68v6M101 138v6M63 106h6M133 106h6" stroke={light} strokeWidth="4" strokeLinecap="round" />
    <circle cx="101" cy="106" r="5" fill={accent} />
  </>
)

export const plant: Motif = ({ main, shade, light, accent }) => (
  <>
    <path d="M100 118C60 110 52 76 60 52c26 8 44 32 40 66z" fill={accent} />
    <path d="M100 118c40-8 50-40 42-66-28 8-46 32-42 66z" fill={accent} opacity=".8" />
    <path d="M100 118c-12-30-8-62 2-84 14 22 16 54-2 84z" fill={light} />
    <path d="M64 114h72l-8 44a8 8 0 0 1-8 6H80a8 8 0 0 1-8-6z" fill={main} />
    <path d="M112 114h24l-8 44a8 8 0 0 1-8 6h-14z" fill={shade} opacity=".5" />
    <path d="M60 106h80v14H60z" fill={shade} />
  </>
)

export const tools: Motif = ({ main, shade, light, accent }) => (
  <>
    <path d="M140 96c24-2 26 46 2 50" fill="none" stroke={shade} strokeWidth="8" />
    <path d="M64 132L26 88l10-8 34 26z" fill={shade} />
    <path d="M22 78l20 16-8 8-18-14z" fill={accent} />
    <path d="M60 92h84l-6 72H66z" fill={main} />
    <path d="M118 92h26l-6 72h-26z" fill={shade} opacity=".5" />
    <path d="M76 92c0-34 48-34 48 0" fill="none" stroke={shade} strokeWidth="7" />
    <path d="M62 112h80v10H61z" fill={light} />
  </>
)

export const stool: Motif = ({ main, shade, light, accent }) => (
  <>
    <path d="M72 84l58 78M128 84l-58 78" stroke={shade} strokeWidth="9" strokeLinecap="round" />
    <path d="M78 138h44" stroke={accent} strokeWidth="6" strokeLinecap="round" />
    <path d="M52 68h96a8 8 0 0 1 8 8c0 8-24 16-56 16s-56-8-56-16a8 8 0 0 1 8-8z" fill={main} />
    <path d="M62 76h76" stroke={light} strokeWidth="5" strokeLinecap="round" />
  </>
)

export const hook: Motif = ({ main, shade, light, accent }) => (
  <>
    <rect x="36" y="56" width="128" height="30" rx="8" fill={main} />
    <path d="M44 64h112" stroke={light} strokeWidth="5" strokeLinecap="round" opacity=".7" />
    <path d="M66 80v28c0 20 26 20 26 2M120 80v28c0 20 26 20 26 2" fill="none" stroke={shade} strokeWidth="9" strokeLinecap="round" />
    <circle cx="66" cy="72" r="5" fill={accent} />
    <circle cx="120" cy="72" r="5" fill={accent} />
  </>
)

export const birdhouse: Motif = ({ main, shade, light, accent }) => (
  <>
    <path d="M96 132h10v32H96z" fill={shade} />
    <path d="M62 78h78v56H62z" fill={main} />
    <path d="M118 78h22v56h-22z" fill={shade} opacity=".45" />
    <path d="M101 34l56 48H45z" fill={accent} />
    <circle cx="101" cy="100" r="14" fill={shade} />
    <path d="M101 118v12" stroke={light} strokeWidth="6" strokeLinecap="round" />
    <path d="M52 134h98v9H52z" fill={light} />
  </>
)

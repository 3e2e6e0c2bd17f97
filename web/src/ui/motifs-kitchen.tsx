import type { Motif } from './motif.ts'

export const mug: Motif = ({ main, shade, light }) => (
  <>
    <path d="M132 98h14a18 18 0 0 1 0 40h-16" fill="none" stroke={shade} strokeWidth="10" />
    <path d="M62 84h74v62a18 18 0 0 1-18 18H80a18 18 0 0 1-18-18z" fill={main} />
    <path d="M118 84h18v62a18 18 0 0 1-18 18z" fill={shade} opacity=".55" />
    <path d="M62 112h74v14H62z" fill={light} />
    <ellipse cx="99" cy="84" rx="37" ry="8" fill={shade} />
    <path d="M86 66c-6-8 6-12 0-21M106 66c-6-8 6-12 0-21" stroke={light} strokeWidth="4" fill="none" strokeLinecap="round" />
  </>
)

export const bowl: Motif = ({ main, shade, light, accent }) => (
  <>
    <circle cx="84" cy="104" r="15" fill={accent} />
    <circle cx="112" cy="100" r="17" fill={light} />
    <circle cx="98" cy="92" r="13" fill={accent} opacity=".75" />
    <path d="M44 108h112c0 30-22 50-46 54H90c-24-4-46-24-46-54z" fill={main} />
    <path d="M128 108h28c0 30-22 50-46 54 14-14 20-32 18-54z" fill={shade} opacity=".6" />
    <path d="M48 122h104" stroke={light} strokeWidth="4" strokeDasharray="2 9" strokeLinecap="round" />
  </>
)

export const teapot: Motif = ({ main, shade, light, accent }) => (
  <>
    <path d="M140 108c22-4 28 34-2 40" fill="none" stroke={shade} strokeWidth="9" />
    <path d="M62 122L30 92l8-6 34 14z" fill={shade} />
    <path d="M58 126c0-32 20-48 43-48s43 16 43 48c0 24-14 38-26 38H84c-12 0-26-14-26-38z" fill={main} />
    <path d="M118 82c16 8 26 22 26 44 0 24-14 38-26 38 12-26 12-56 0-82z" fill={shade} opacity=".5" />
    <path d="M74 84c14-10 40-10 54 0-12 8-42 8-54 0z" fill={light} />
    <circle cx="101" cy="68" r="8" fill={accent} />
    <circle cx="86" cy="122" r="6" fill={light} />
    <circle cx="106" cy="132" r="6" fill={light} />
    <circle cx="104" cy="110" r="6" fill={light} />
  </>
)

export const bottle: Motif = ({ main, shade, light, accent }) => (
  <>
    <path d="M86 34h20v12H86z" fill={accent} />
    <path d="M88 46h16v22c0 12 18 16 18 36v52a8 8 0 0 1-8 8H78a8 8 0 0 1-8-8v-52c0-20 18-24 18-36z" fill={main} />
    <path d="M100 46h4v22c0 12 18 16 18 36v52a8 8 0 0 1-8 8h-8c4-40 4-80-6-118z" fill={shade} opacity=".5" />
    <path d="M70 112h52v32H70z" fill={light} />
    <path d="M80 124h32M84 133h24" stroke={shade} strokeWidth="3" strokeLinecap="round" />
    <path d="M134 128h28l-4 30a7 7 0 0 1-7 6h-6a7 7 0 0 1-7-6z" fill={accent} opacity=".8" />
  </>
)

export const jar: Motif = ({ main, shade, light, accent }) => (
  <>
    <path d="M70 52h62v20H70z" fill={accent} />
    <path d="M66 72h70c12 8 14 18 14 30v50a12 12 0 0 1-12 12H64a12 12 0 0 1-12-12v-50c0-12 2-22 14-30z" fill={light} opacity=".75" />
    <path d="M52 112h98v40a12 12 0 0 1-12 12H64a12 12 0 0 1-12-12z" fill={main} />
    <path d="M132 112h18v40a12 12 0 0 1-12 12h-12z" fill={shade} opacity=".5" />
    <path d="M70 122h62v28H70z" fill="#fffaf0" />
    <path d="M80 133h42M86 142h30" stroke={shade} strokeWidth="3" strokeLinecap="round" />
  </>
)

export const utensils: Motif = ({ main, shade, light, accent }) => (
  <>
    <path d="M60 40c-4 26-4 42 6 48v76h12V88c10-6 10-22 6-48h-5v32h-4V40h-6v32h-4V40z" fill={main} />
    <path d="M100 40c-16 6-18 40-6 52v72h12V92c12-12 10-46-6-52z" fill={shade} />
    <path d="M94 60c2-10 4-13 7-14" stroke={light} strokeWidth="4" fill="none" strokeLinecap="round" />
    <path d="M128 40c18 12 20 44 18 64h-8v60h-10z" fill={accent} />
  </>
)

export const pan: Motif = ({ main, shade, light, accent }) => (
  <>
    <path d="M136 128h46a5 5 0 0 1 0 12h-46z" fill={accent} />
    <path d="M36 116h104v26a22 22 0 0 1-22 22H58a22 22 0 0 1-22-22z" fill={main} />
    <path d="M118 116h22v26a22 22 0 0 1-22 22h-8z" fill={shade} opacity=".55" />
    <path d="M32 108h112v12H32z" fill={shade} />
    <path
      d="M62 92c-6-9 6-14 0-24M88 92c-6-9 6-14 0-24M114 92c-6-9 6-14 0-24"
      stroke={light}
      strokeWidth="4"
      fill="none"
      strokeLinecap="round"
    />
  </>
)

export const scale: Motif = ({ main, shade, light, accent }) => (
  <>
    <path d="M58 104h86l12 60H46z" fill={main} />
    <path d="M122 104h22l12 60h-26z" fill={shade} opacity=".5" />
    <path d="M92 88h18v18H92z" fill={shade} />
    <path d="M42 74h118c0 14-26 20-59 20s-59-6-59-20z" fill={light} />
    <circle cx="101" cy="134" r="22" fill="#fffaf0" />
    <path d="M101 134l10-13" stroke={accent} strokeWidth="5" strokeLinecap="round" />
    <path d="M101 116v4M83 134h4M115 134h4" stroke={shade} strokeWidth="3" strokeLinecap="round" />
  </>
)

export const grinder: Motif = ({ main, shade, light, accent }) => (
  <>
    <path d="M101 62V46h42" fill="none" stroke={shade} strokeWidth="7" strokeLinecap="round" strokeLinejoin="round" />
    <circle cx="146" cy="44" r="9" fill={accent} />
    <path d="M68 62h66l-12 34H80z" fill={light} />
    <path d="M62 94h78v70H62z" fill={main} />
    <path d="M116 94h24v70h-24z" fill={shade} opacity=".45" />
    <path d="M76 122h50v26H76z" fill={shade} />
    <circle cx="101" cy="135" r="5" fill={accent} />
  </>
)

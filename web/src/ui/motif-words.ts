import type { Motif } from './motif.ts'
import { birdhouse, candle, clock, cushion, hook, lamp, plant, stool, tools, vase } from './motifs-home.tsx'
import { bottle, bowl, grinder, jar, mug, pan, scale, teapot, utensils } from './motifs-kitchen.tsx'
import { bag, books, gift, heart, letter, pen, tape, umbrella } from './motifs-things.tsx'

/** Words of product names that call for a motif; the first match counts. */
const MOTIF_WORDS: readonly [string, Motif][] = [
  ['cutlery|kni(?:fe|ves)|forks?|spoons?|utensils?|shears|scissors|수저', utensils],
  ['wallets?|bags?|totes?|backpacks?|purses?|luggage|shoppers?|packing|baskets?|가방|지갑', bag],
  ['hearts?|hanging|ornaments?|decorations?|wreaths?|garlands?|love', heart],
  ['candles?|candlesticks?|t-lights?|light holders?|lanterns?|votives?|양초', candle],
  ['tea ?pots?|kettles?|tea sets?|coffee pots?|cafetieres?|주전자', teapot],
  ['cushions?|pillows?|blankets?|throws?|towels?|bedding|doormats?|aprons?|napkins?|curtains?|linen|textiles?|쿠션|담요', cushion],
  ['tea bowls?', bowl],
  ['grinders?', grinder],
  ['mugs?|cups?|coffee|tea|espresso|tumblers?|머그|컵', mug],
  ['lamps?|lights?|bulbs?|lighting|조명', lamp],
  ['clocks?|watch|watches|timers?|시계', clock],
  ['umbrellas?|parasols?|우산', umbrella],
  ['pens?|pencils?|ink|crayons?|brush(?:es)?|펜|연필', pen],
  ['letters?|cards?|envelopes?|stickers?|signs?|frames?|카드|편지', letter],
  ['books?|notebooks?|journals?|paper|stationery|office|planners?|calendars?|노트', books],
  ['jars?|tins?|honey|jam|spices?|pantry|storage|sugar|salt|canisters?', jar],
  ['bottles?|flasks?|carafes?|soap|oil|bath|perfume|lotion|vinegar', bottle],
  ['skillets?|pans?|casseroles?|cookers?|냄비|팬', pan],
  ['bird ?houses?|feeders?|nest(?:ing)? box(?:es)?', birdhouse],
  ['stools?|chairs?|benches|bench|의자', stool],
  ['hooks?|hangers?|racks?', hook],
  ['scales?|저울', scale],
  ['tapes?|ribbons?|테이프', tape],
  ['watering|shovels?|trowels?|tools?|sewing', tools],
  ['plants?|garden|pots?|planters?|herbs?|seeds?|bonsai|trees?|화분', plant],
  ['vases?|flowers?|bouquets?|꽃병', vase],
  ['bowls?|plates?|dish(?:es)?|trays?|cakes?|cakestand|boards?|tableware|그릇', bowl],
  ['gifts?|wrap(?:ping)?|box(?:es)?|toys?|games?|party|christmas|bunting|postage|선물', gift],
]

// Latin words count only whole: "tin" is not in "cutting".
const MOTIFS = MOTIF_WORDS.map(([words, motif]) => ({ words: new RegExp(`(?<![a-z])(?:${words})(?![a-z])`, 'i'), motif }))

/** Things that any product might be, more or less. */
const ANY = [gift, jar, vase, bowl, bag, bottle] as const

/** The drawing for a product: by a word in its name, else one of a few chosen by `hash`. */
export function motifFor(name: string, hash: number): Motif {
  return MOTIFS.find(({ words }) => words.test(name))?.motif ?? ANY[hash % ANY.length] ?? gift
}

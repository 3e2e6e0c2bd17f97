/**
 * Whether a profile expression (`prod`, `!dev`, `a & (b | c)`) holds for the active profiles. As in Spring, `&` and `|`
 * must not be mixed without parentheses. Errors: a plain Error when it is not an expression.
 */
export function profileExpressionHolds(expression: string, profiles: ReadonlySet<string>): boolean {
  const tokens = expression.match(/[()&|!]|[^()&|!\s]+|\S/g) ?? []
  let at = 0

  function readChain(): boolean {
    let holds = readTerm()
    let operator: string | undefined
    while (tokens[at] === '&' || tokens[at] === '|') {
      if (operator !== undefined && operator !== tokens[at]) throw malformed(expression)
      operator = tokens[at]
      at++
      const term = readTerm()
      holds = operator === '&' ? holds && term : holds || term
    }
    return holds
  }

  function readTerm(): boolean {
    const token = tokens[at++]
    if (token === '!') return !readTerm()
    if (token === '(') {
      const holds = readChain()
      if (tokens[at++] !== ')') throw malformed(expression)
      return holds
    }
    if (token === undefined || /^[)&|]$/.test(token)) throw malformed(expression)
    return profiles.has(token)
  }

  const holds = readChain()
  if (at !== tokens.length) throw malformed(expression)
  return holds
}

function malformed(expression: string): Error {
  return new Error(`"${expression}" is not a profile expression`)
}

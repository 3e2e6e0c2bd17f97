/** @typedef {string | number | boolean | ((event: Event) => void)} Attribute */

/**
 * An element. Attributes that are true stand without a value, those that are false do not stand; functions are listeners,
 * named `onclick`. Texts become text, never markup.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, Attribute>} [attributes]
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(name.slice(2), value)
    else if (value !== false) element.setAttribute(name, value === true ? '' : String(value))
  }
  element.append(...children)
  return element
}

/**
 * An element of the page.
 * @template {HTMLElement} E
 * @param {string} id
 * @param {new () => E} type
 * @returns {E}
 */
export function byId(id, type) {
  const element = document.getElementById(id)
  if (element instanceof type) return element
  throw new Error(`The page has no ${type.name} "${id}".`)
}

/**
 * Writes a text where it is another one: selections and screen readers are not disturbed for nothing.
 * @param {Node} node
 * @param {string} text
 */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text
}

/**
 * @param {Element} element
 * @param {string} name
 * @param {string} value
 */
export function setAttribute(element, name, value) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value)
}

/**
 * Makes the children exactly these, moving as few as possible, so that the focus stays where it is.
 * @param {Element} parent
 * @param {readonly Node[]} children
 */
export function setChildren(parent, children) {
  const wanted = new Set(children)
  for (const child of [...parent.childNodes]) if (!wanted.has(child)) child.remove()
  for (const [index, child] of children.entries()) {
    const present = parent.childNodes[index]
    if (present !== child) parent.insertBefore(child, present ?? null)
  }
}

/**
 * Improves the console, which works without it: keyboard navigation, copying, values of plots under the
 * pointer, and selecting all rows of a list.
 */

const keysDialog = /** @type {HTMLDialogElement | null} */ (document.querySelector('dialog.keys-help'))
const { copy = '', copied = '' } = keysDialog?.dataset ?? {}

/** How long the second key of a pair may take. */
const pairMs = 1500
let pairUntil = 0

document.addEventListener('keydown', (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event)) return
  if (event.timeStamp < pairUntil) {
    pairUntil = 0
    const link = document.querySelector(`.side a[data-key="${CSS.escape(event.key)}"]`)
    if (link instanceof HTMLAnchorElement) link.click()
  } else if (event.key === 'g') pairUntil = event.timeStamp + pairMs
  else if (event.key === '?') keysDialog?.showModal()
  else if (event.key === '/' && focusSearch()) event.preventDefault()
})

/** @param {KeyboardEvent} event */
function isTyping({ target }) {
  if (!(target instanceof HTMLElement)) return false
  const isBox = target instanceof HTMLInputElement && target.type === 'checkbox'
  return target.isContentEditable || (!isBox && target.matches('input, select, textarea'))
}

function focusSearch() {
  const field = document.querySelector('[role=search] input:not([type=hidden]), [role=search] select')
  if (!(field instanceof HTMLElement)) return false
  field.focus()
  if (field instanceof HTMLInputElement) field.select()
  return true
}

for (const block of document.querySelectorAll('main pre')) {
  const button = document.createElement('button')
  button.type = 'button'
  button.className = 'copy small'
  button.textContent = copy
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(block.textContent ?? '')
    button.textContent = copied
    setTimeout(() => {
      button.textContent = copy
    }, 2000)
  })
  const frame = document.createElement('div')
  frame.className = 'copyable'
  block.replaceWith(frame)
  frame.append(block, button)
}

for (const box of /** @type {NodeListOf<HTMLInputElement>} */ (document.querySelectorAll('[data-all]'))) {
  box.hidden = false
  const rows = () =>
    /** @type {NodeListOf<HTMLInputElement>} */ (box.closest('table')?.querySelectorAll('tbody input') ?? [])
  box.addEventListener('change', () => {
    for (const row of rows()) row.checked = box.checked
  })
}

const tip = document.createElement('div')
tip.className = 'tip'
tip.hidden = true
tip.setAttribute('aria-hidden', 'true')

for (const drawing of document.querySelectorAll('.plot svg')) {
  const area = /** @type {HTMLElement | null} */ (drawing.closest('.area'))
  if (!area) continue
  for (const bar of drawing.querySelectorAll('g')) {
    const title = bar.querySelector('title')
    const text = title?.textContent ?? ''
    title?.remove()
    bar.addEventListener('pointerenter', () => show(area, bar, text))
  }
  area.addEventListener('pointerleave', () => {
    tip.hidden = true
  })
}

/**
 * @param {HTMLElement} area
 * @param {Element} bar
 * @param {string} text
 */
function show(area, bar, text) {
  area.append(tip)
  tip.textContent = text
  tip.hidden = false
  const [outer, inner] = [area.getBoundingClientRect(), bar.getBoundingClientRect()]
  const middle = inner.left - outer.left + inner.width / 2 - tip.offsetWidth / 2
  const left = Math.max(0, Math.min(middle, outer.width - tip.offsetWidth))
  tip.style.transform = `translate(${left}px, -100%)`
}

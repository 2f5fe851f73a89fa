/** The filter of the API reference, and links to single calls. Without scripts all calls are listed. */

const filter = /** @type {HTMLInputElement | null} */ (document.getElementById('filter'))
const status = /** @type {HTMLElement | null} */ (document.querySelector('.filter [role=status]'))
const calls = /** @type {NodeListOf<HTMLDetailsElement>} */ (document.querySelectorAll('details.call'))

if (filter) {
  filter.closest('div')?.removeAttribute('hidden')
  filter.addEventListener('input', () => show(filter.value))
  filter.addEventListener('keydown', ({ key }) => {
    const first = [...calls].find((call) => !call.hidden)
    if (key === 'Enter' && first) location.hash = first.id
    if (key === 'Escape') {
      filter.value = ''
      show('')
    }
  })
  addEventListener('keydown', (event) => {
    if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey) return
    if (event.target instanceof HTMLInputElement) return
    event.preventDefault()
    filter.focus()
  })
}

addEventListener('hashchange', open)
open()

/**
 * Shows the calls that contain every word.
 * @param {string} text
 */
function show(text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  let found = 0
  for (const call of calls) {
    const about = call.querySelector('summary')?.textContent?.toLowerCase() ?? ''
    call.hidden = !words.every((word) => about.includes(word))
    if (!call.hidden) found++
    const entry = document.querySelector(`.calls a[href="#${call.id}"]`)?.closest('li')
    if (entry) entry.hidden = call.hidden
  }
  if (status) status.textContent = found === 0 ? (status.dataset.none ?? '') : ''
}

/** The call in the fragment of the URL. */
function open() {
  const call = document.getElementById(location.hash.slice(1))
  if (!(call instanceof HTMLDetailsElement)) return
  call.hidden = false
  call.open = true
  call.scrollIntoView()
}

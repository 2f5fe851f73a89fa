import MiniSearch from './minisearch.js'

const { base = '.' } = document.body.dataset
const form = /** @type {HTMLFormElement} */ (document.querySelector('.search'))
const input = /** @type {HTMLInputElement} */ (form.querySelector('input'))
const list = /** @type {HTMLOListElement} */ (form.querySelector('ol'))

/** @type {Promise<MiniSearch> | undefined} */
let loading

/** The index is loaded on the first search. */
function index() {
  loading ??= fetch(`${base}/assets/search.json`)
    .then((response) => response.text())
    .then((text) => MiniSearch.loadJSON(text, { fields: ['title', 'text'], idField: 'url' }))
  return loading
}

async function search() {
  const words = input.value.trim()
  const found =
    words === '' ? [] : (await index()).search(words, { prefix: true, fuzzy: 0.15, boost: { title: 3 } })
  list.replaceChildren(...found.slice(0, 12).map(itemOf))
  list.hidden = found.length === 0
}

/** @param {{ id: string, title?: string, page?: string }} result */
function itemOf({ id, title = '', page = '' }) {
  const item = document.createElement('li')
  const link = document.createElement('a')
  link.href = `${base}/${id}`
  link.append(title)
  if (page !== title) {
    const small = document.createElement('small')
    small.append(page)
    link.append(small)
  }
  item.append(link)
  return item
}

form.hidden = false
form.addEventListener('submit', (event) => {
  event.preventDefault()
  list.querySelector('a')?.click()
})
input.addEventListener('input', search)
input.addEventListener('focus', index, { once: true })
document.addEventListener('keydown', (event) => {
  const isTyping = /^(?:INPUT|TEXTAREA|SELECT)$/.test(/** @type {Element} */ (event.target).tagName)
  if (event.key === '/' && !isTyping) {
    event.preventDefault()
    input.focus()
  }
  if (event.key === 'Escape') list.hidden = true
})

// On a narrow screen the contents come before the page, so they begin closed.
if (matchMedia('(width < 60rem)').matches) document.querySelector('.menu')?.removeAttribute('open')

/**
 * Scripts improve the pages, which work without them: passwords can be shown, Caps Lock is reported, times
 * are in the reader's time zone, and changing the language keeps the typed text.
 */

const zone = new Intl.DateTimeFormat().resolvedOptions().timeZone
const page = document.documentElement

if (zone && document.body.dataset.zone !== zone) {
  const isSecure = location.protocol === 'https:'
  const name = isSecure ? '__Host-sigil_zone' : 'sigil_zone'
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API exists in secure contexts only.
  document.cookie = `${name}=${zone}; Path=/; Max-Age=31536000; SameSite=Lax${isSecure ? '; Secure' : ''}`
  for (const time of all('time[title]')) time.title = momentOf(time)
}

for (const field of fields('input[data-show]')) revealable(field)
for (const field of fields('input[data-strength]')) measured(field)
for (const button of all('[data-copy]')) copyable(button)
keepTyped()
// On a narrow screen the links are a scrolling bar.
all('.side [aria-current]')[0]?.scrollIntoView({ block: 'nearest', inline: 'center' })

/**
 * @param {string} selector
 * @returns {NodeListOf<HTMLElement>}
 */
function all(selector) {
  return document.querySelectorAll(selector)
}

/**
 * @param {string} selector
 * @returns {NodeListOf<HTMLInputElement>}
 */
function fields(selector) {
  return document.querySelectorAll(selector)
}

/** @param {HTMLElement} time */
function momentOf(time) {
  const at = new Date(time.getAttribute('datetime') ?? '')
  const locale = page.lang === 'en' ? 'en-GB' : page.lang
  return at.toLocaleString(locale, { dateStyle: 'medium', timeStyle: 'short' })
}

/**
 * A button that shows the password, and a note while Caps Lock is on.
 * @param {HTMLInputElement} field
 */
function revealable(field) {
  const { show = '', hide = '', caps = '' } = field.dataset
  const button = document.createElement('button')
  const note = document.createElement('p')
  field.after(button)
  field.parentElement?.after(note)
  button.type = 'button'
  button.className = 'reveal'
  note.className = 'hint'
  note.role = 'status'
  const hidden = (/** @type {boolean} */ isHidden) => {
    field.type = isHidden ? 'password' : 'text'
    button.textContent = isHidden ? show : hide
    button.ariaPressed = String(!isHidden)
  }
  hidden(true)
  button.addEventListener('click', () => {
    hidden(field.type === 'text')
    field.focus()
  })
  // Password managers store only passwords sent from a password field.
  field.form?.addEventListener('submit', () => hidden(true))
  const check = (/** @type {KeyboardEvent} */ event) => {
    note.textContent = event.getModifierState?.('CapsLock') ? caps : ''
  }
  field.addEventListener('keydown', check)
  field.addEventListener('keyup', check)
  field.addEventListener('blur', () => {
    note.textContent = ''
  })
}

/**
 * Estimates the strength of a new password by its length and repeats. The server decides.
 * @param {HTMLInputElement} field
 */
function measured(field) {
  const { strength = '', min = '10' } = field.dataset
  const [short = '', weak = '', fair = '', strong = ''] = strength.split('|')
  const sentences = [short, weak, fair, strong]
  const box = document.createElement('div')
  const meter = document.createElement('meter')
  const note = document.createElement('p')
  box.className = 'strength'
  box.hidden = true
  note.role = 'status'
  note.className = 'hint'
  meter.max = 3
  meter.low = 1.5
  meter.high = 2.5
  meter.optimum = 3
  meter.ariaHidden = 'true'
  box.append(meter, note)
  field.closest('.field')?.append(box)
  field.addEventListener('input', () => {
    const level = levelOf(field.value, Number(min))
    box.hidden = field.value === ''
    meter.value = level
    note.textContent = sentences[level] ?? ''
  })
}

/**
 * 0 too short, 1 weak, 2 fair, 3 strong. A character that repeats the previous one or continues a sequence
 * counts a quarter.
 * @param {string} password
 * @param {number} min
 */
function levelOf(password, min) {
  const characters = [...password]
  if (characters.length < min) return 0
  const rows =
    'abcdefghijklmnopqrstuvwxyz 0123456789 qwertyuiop asdfghjkl zxcvbnm йцукенгшщзхъ фывапролджэ ячсмитьбю'
  let length = 0
  let before = ''
  for (const character of characters.map((one) => one.toLowerCase())) {
    const isRow = rows.includes(before + character) || rows.includes(character + before)
    length += before !== '' && (character === before || isRow) ? 0.25 : 1
    before = character
  }
  const variety = new Set(characters).size
  if (length < 8 || variety < 5) return 1
  return length < 16 || variety < 9 ? 2 : 3
}

/** @param {HTMLElement} button */
function copyable(button) {
  if (!navigator.clipboard) return
  button.hidden = false
  const before = button.textContent
  button.addEventListener('click', async () => {
    const source = document.getElementById(button.dataset.copy ?? '')
    await navigator.clipboard.writeText(source?.textContent ?? '')
    button.textContent = button.dataset.done ?? ''
    setTimeout(() => {
      button.textContent = before
    }, 2000)
  })
}

/** Changing the language reloads the page: the typed text is restored, except passwords. */
function keepTyped() {
  const key = `typed ${location.pathname}`
  const typed = () => fields('main form input:not([type=hidden], [type=password], [readonly])')
  const stored = sessionStorage.getItem(key)
  sessionStorage.removeItem(key)
  const values = stored === null ? {} : JSON.parse(stored)
  for (const field of typed()) {
    const value = values[field.name]
    if (value === undefined) continue
    if (field.type === 'checkbox') field.checked = value === true
    else field.value = value
  }
  // Without scripts the buttons send the form of the page along.
  for (const button of document.querySelectorAll('.bottom button[form]')) {
    button.removeAttribute('formaction')
    button.removeAttribute('form')
  }
  document.querySelector('form[data-language]')?.addEventListener('submit', () => {
    const entries = [...typed()].map((field) => [
      field.name,
      field.type === 'checkbox' ? field.checked : field.value,
    ])
    if (entries.some(([, value]) => value))
      sessionStorage.setItem(key, JSON.stringify(Object.fromEntries(entries)))
  })
}

/**
 * Passkeys on our pages. A form with `data-passkey` is hidden until this module has checked that the browser
 * supports passkeys, and stays hidden without scripts. The form has the URL of its options, and is sent with
 * the response of the browser.
 */

/** The pending request without a prompt. A page can have one. */
let autofill = new AbortController()
const renewal = 'renewal'

const forms = /** @type {NodeListOf<HTMLFormElement>} */ (document.querySelectorAll('form[data-passkey]'))

if (window.PublicKeyCredential !== undefined) {
  for (const form of forms) show(form)
  for (const offer of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll('[data-offer]')))
    void showOffer(offer)
  void tellAbility()
  void signal()
}
// A page restored from the history has an old challenge.
window.addEventListener('pageshow', ({ persisted }) => persisted && forms.length > 0 && location.reload())

/** @param {HTMLFormElement} form */
function show(form) {
  form.hidden = false
  form.querySelector('button')?.addEventListener('click', () => void press(form))
  if (form.dataset.passkey === 'sign-in') void waitInAutofill(form)
  if (form.dataset.unasked !== undefined) void addUnasked(form, form.dataset.unasked)
}

/** @param {HTMLFormElement} form */
async function press(form) {
  const button = form.querySelector('button')
  if (!copyTyped(form)) return
  if (button) button.disabled = true
  complain(form, '')
  // A browser handles one request at a time.
  autofill.abort()
  try {
    const options = await optionsFor(form)
    const isNew = form.dataset.passkey === 'add' || form.dataset.passkey === 'sign-up'
    send(form, isNew ? await create(options, {}) : await get(options, {}))
  } catch (error) {
    if (error === incomplete) return form.submit()
    complain(form, sentenceFor(form, error))
    if (button) button.disabled = false
    if (form.dataset.passkey === 'sign-in') void waitInAutofill(form)
  }
}

/**
 * Offers passkeys in the autofill of the login field. The challenge is renewed before it expires, while the
 * page is visible. Errors are silent: the visitor has not requested anything.
 * @param {HTMLFormElement} form
 */
async function waitInAutofill(form) {
  if (!(await PublicKeyCredential.isConditionalMediationAvailable?.())) return
  for (;;) {
    await visible()
    const request = new AbortController()
    autofill = request
    try {
      const options = await optionsFor(form)
      request.signal.throwIfAborted()
      const timer = setTimeout(() => request.abort(renewal), Number(options.timeout) * 0.8)
      const waiting = get(options, { mediation: 'conditional', signal: request.signal })
      return send(form, await waiting.finally(() => clearTimeout(timer)))
    } catch {
      if (request.signal.reason !== renewal) return
    }
  }
}

/**
 * Lets a password manager that has just filled in the password add a passkey without a prompt (conditional
 * creation). Errors are silent: the visitor has not requested anything.
 * @param {HTMLFormElement} form
 * @param {string} url
 */
async function addUnasked(form, url) {
  const request = new AbortController()
  autofill = request
  try {
    const abilities = await Reflect.get(PublicKeyCredential, 'getClientCapabilities')?.call(
      PublicKeyCredential,
    )
    if (abilities?.conditionalCreate !== true) return
    const response = await fetch(url, { method: 'POST', redirect: 'manual' })
    const options = response.ok ? await response.json() : {}
    if (options.challenge === undefined || request.signal.aborted) return
    send(form, await create(options, unprompted(request.signal)))
  } catch {
    // The button still works.
  }
}

/**
 * @param {AbortSignal} signal
 * @returns {any}
 */
function unprompted(signal) {
  return { mediation: 'conditional', signal }
}

/** @returns {Promise<void>} */
function visible() {
  if (document.visibilityState === 'visible') return Promise.resolve()
  return new Promise((resolve) => {
    document.addEventListener('visibilitychange', () => resolve(), { once: true })
  })
}

/**
 * Copies the fields above into the form. Returns false if the browser reports missing fields.
 * @param {HTMLFormElement} form
 */
function copyTyped(form) {
  const copied = /** @type {NodeListOf<HTMLInputElement>} */ (form.querySelectorAll('[data-copied]'))
  for (const input of copied) {
    const typed = document.querySelector(`form.fields [name="${input.name}"]`)
    if (!(typed instanceof HTMLInputElement)) continue
    if (!typed.reportValidity()) return false
    input.value = typed.value
  }
  return true
}

/** The typed values are not valid: the next page explains why. */
const incomplete = new Error('The typed values are not valid')

/**
 * @param {HTMLFormElement} form
 * @returns {Promise<any>}
 */
async function optionsFor(form) {
  const isCopying = form.querySelector('[data-copied]') !== null
  const body = isCopying ? new URLSearchParams(/** @type {any} */ (new FormData(form))) : null
  const response = await fetch(form.dataset.options ?? '', { method: 'POST', body, redirect: 'manual' })
  if (isCopying && response.status === 400) throw incomplete
  // The session has ended: reloading the page redirects to sign-in.
  if (response.type === 'opaqueredirect') return leave(location.href)
  if (!response.ok) throw new Error(`The options request failed with status ${response.status}`)
  const options = await response.json()
  return options.confirm === undefined ? options : leave(options.confirm)
}

/**
 * @param {string} url
 * @returns {Promise<never>}
 */
function leave(url) {
  location.assign(url)
  return new Promise(() => {})
}

/**
 * @param {any} json
 * @param {CredentialCreationOptions} how
 */
async function create(json, how) {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON?.(json) ?? {
    ...json,
    challenge: bytesOf(json.challenge),
    user: { ...json.user, id: bytesOf(json.user.id) },
    excludeCredentials: json.excludeCredentials.map(descriptorOf),
  }
  return navigator.credentials.create({ ...how, publicKey })
}

/**
 * @param {any} json
 * @param {CredentialRequestOptions} how
 */
async function get(json, how) {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON?.(json) ?? {
    ...json,
    challenge: bytesOf(json.challenge),
    allowCredentials: json.allowCredentials.map(descriptorOf),
  }
  return navigator.credentials.get({ ...how, publicKey })
}

/**
 * @param {HTMLFormElement} form
 * @param {Credential | null} credential
 */
function send(form, credential) {
  const input = form.elements.namedItem('response')
  if (!(input instanceof HTMLInputElement) || credential === null) return
  input.value = JSON.stringify(jsonOf(/** @type {PublicKeyCredential} */ (credential)))
  form.submit()
}

/**
 * Like `toJSON()`, which is missing in some browsers and broken by some extensions.
 * @param {PublicKeyCredential} credential
 */
function jsonOf(credential) {
  const { id, rawId, type, response } = credential
  const members = ['clientDataJSON', 'attestationObject', 'authenticatorData', 'signature', 'userHandle']
  const entries = members.flatMap((name) => {
    const value = Reflect.get(response, name)
    return value instanceof ArrayBuffer ? [[name, base64urlOf(value)]] : []
  })
  const transports =
    'getTransports' in response ? Reflect.apply(Object(response).getTransports, response, []) : []
  const json = { ...Object.fromEntries(entries), transports }
  return { id, rawId: base64urlOf(rawId), type, response: json, clientExtensionResults: {} }
}

/** @param {{ id: string, type: string, transports?: string[] }} descriptor */
function descriptorOf(descriptor) {
  return { ...descriptor, id: bytesOf(descriptor.id) }
}

/** @param {string} text */
function bytesOf(text) {
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
  return Uint8Array.from(binary, (character) => character.charCodeAt(0))
}

/** @param {ArrayBuffer} buffer */
function base64urlOf(buffer) {
  const binary = String.fromCharCode(...new Uint8Array(buffer))
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

/** The messages of a form, by the name of the browser's error. */
const sentences = {
  NotAllowedError: 'cancelled',
  AbortError: 'cancelled',
  InvalidStateError: 'exists',
  SecurityError: 'domain',
  NotSupportedError: 'unsupported',
  ConstraintError: 'unsupported',
}

/**
 * @param {HTMLFormElement} form
 * @param {unknown} error
 */
function sentenceFor(form, error) {
  const name = error instanceof Error ? error.name : ''
  const key = Object.hasOwn(sentences, name) ? Reflect.get(sentences, name) : 'failed'
  return form.dataset[key] ?? form.dataset.failed ?? ''
}

/**
 * @param {HTMLFormElement} form
 * @param {string} sentence
 */
function complain(form, sentence) {
  const note = /** @type {HTMLElement | null} */ (form.querySelector('[role=alert]'))
  if (!note) return
  note.hidden = sentence === ''
  note.textContent = sentence
}

/**
 * The offer to add a passkey is shown if the device itself can store one.
 * @param {HTMLElement} offer
 */
async function showOffer(offer) {
  offer.hidden = !(await PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable())
}

/**
 * Reports to the server whether this device can store a passkey, so that one is offered after the sign-in.
 */
async function tellAbility() {
  const input = /** @type {HTMLInputElement | null} */ (document.querySelector('[data-can-passkey]'))
  if (input && (await PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable()))
    input.value = 'yes'
}

/** Signals to the browser which passkeys exist, so that it stops offering removed ones. */
async function signal() {
  const element = /** @type {HTMLElement | null} */ (document.querySelector('[data-signal]'))
  const { rpId = '', userId = '', credentials, name = '', displayName = '' } = element?.dataset ?? {}
  try {
    if (userId === '' || credentials === undefined) return
    const allAcceptedCredentialIds = credentials.split(' ').filter((id) => id !== '')
    await PublicKeyCredential.signalAllAcceptedCredentials?.({ rpId, userId, allAcceptedCredentialIds })
    await PublicKeyCredential.signalCurrentUserDetails?.({ rpId, userId, name, displayName })
  } catch {
    // The browser has no such passkeys, or this is not the domain that they belong to.
  }
}

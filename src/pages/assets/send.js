// Submits the form of a page that returns to an app. Without scripts, its button does.
const form = /** @type {HTMLFormElement | null} */ (document.querySelector('form[data-send]'))
form?.requestSubmit()

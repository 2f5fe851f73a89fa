import { type Html, html } from '#src/http/html.ts'
import type { Texts } from '#src/pages/texts.ts'

/** Shown by the script where the device can hold a passkey. */
export function passkeyOffer(texts: Texts): Html {
  return html`<section class="sheet" hidden data-offer>
<h2>${texts.get('passkey_offer_title')}</h2>
<p>${texts.get('passkey_offer_lead')}</p>
<form class="buttons" method="post" action="/account/passkeys/not-now">
<a class="button primary" href="/account/passkeys">${texts.get('passkey_add')}</a>
<button>${texts.get('passkey_not_now')}</button>
</form>
</section>`
}

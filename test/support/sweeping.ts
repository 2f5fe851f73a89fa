/** Tests that call every route with arbitrary input, so that their calls do not prove a success. */
export const sweeping = /\/(?:matrix|fuzz|openapi|methods)\.test\.ts$/

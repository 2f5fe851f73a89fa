/** Tests that call every route with whatever comes, so that their calls do not show what a route does. */
export const sweeping = /\/(?:matrix|fuzz|openapi|methods)\.test\.ts$/

// biome-ignore lint/style/noDefaultExport: Next.js takes the default export of a layout.
export default function Layout({ children }) {
  return (
    <html lang="en">
      <body>{children}</body>
    </html>
  )
}

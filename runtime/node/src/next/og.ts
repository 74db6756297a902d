/** `next/og` for routes under Millrace: says that it is not there. */

/** Draws images from JSX in Next.js; here it says how to do without. */
export class ImageResponse {
  /** @throws Error always. */
  constructor() {
    throw new Error(
      'ImageResponse of next/og is not available under Millrace. Leave this route to the Next.js server, or draw the image with @vercel/og or satori and return it in a Response.',
    )
  }
}

export default { ImageResponse }

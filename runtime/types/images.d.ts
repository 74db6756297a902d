// The type of an imported image, as Next.js declares it in next/image-types/global.

interface StaticImageData {
  src: string
  height: number
  width: number
  blurDataURL?: string
  blurWidth?: number
  blurHeight?: number
}

declare module '*.png' {
  const content: StaticImageData
  export default content
}

declare module '*.svg' {
  const content: any
  export default content
}

declare module '*.jpg' {
  const content: StaticImageData
  export default content
}

declare module '*.jpeg' {
  const content: StaticImageData
  export default content
}

declare module '*.gif' {
  const content: StaticImageData
  export default content
}

declare module '*.webp' {
  const content: StaticImageData
  export default content
}

declare module '*.avif' {
  const content: StaticImageData
  export default content
}

declare module '*.ico' {
  const content: StaticImageData
  export default content
}

declare module '*.bmp' {
  const content: StaticImageData
  export default content
}

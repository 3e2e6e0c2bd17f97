import type { ReactNode } from 'react'

interface IconProps {
  className?: string
}

/** A line drawing of 24 x 24 in the colour of the text beside it. */
function Icon({ className = 'size-5', children }: IconProps & { children: ReactNode }) {
  return (
    <svg
      aria-hidden="true"
      viewBox="0 0 24 24"
      className={className}
      fill="none"
      stroke="currentColor"
      strokeWidth={1.7}
      strokeLinecap="round"
      strokeLinejoin="round"
    >
      {children}
    </svg>
  )
}

export const BasketIcon = (props: IconProps) => (
  <Icon {...props}>
    <path d="M4 9h16l-1.4 9.4a2 2 0 0 1-2 1.6H7.4a2 2 0 0 1-2-1.6z" />
    <path d="M8.5 12V7.5a3.5 3.5 0 0 1 7 0V12" />
  </Icon>
)
export const BellIcon = (props: IconProps) => (
  <Icon {...props}>
    <path d="M6 16.5V11a6 6 0 0 1 12 0v5.5l1.5 1.5h-15z" />
    <path d="M10 20.5a2.2 2.2 0 0 0 4 0" />
  </Icon>
)
export const ChatIcon = (props: IconProps) => (
  <Icon {...props}>
    <path d="M4 5.5h16v11H11L6.5 20v-3.5H4z" />
    <path d="M8 9.5h8M8 12.7h5" />
  </Icon>
)
export const OrdersIcon = (props: IconProps) => (
  <Icon {...props}>
    <path d="M4 8l8-4 8 4v8l-8 4-8-4z" />
    <path d="M4 8l8 4 8-4M12 12v8" />
  </Icon>
)
export const SearchIcon = (props: IconProps) => (
  <Icon {...props}>
    <circle cx="11" cy="11" r="6" />
    <path d="M15.5 15.5L20 20" />
  </Icon>
)
export const PersonIcon = (props: IconProps) => (
  <Icon {...props}>
    <circle cx="12" cy="8" r="3.6" />
    <path d="M4.5 20c1.2-4 4-5.5 7.5-5.5s6.3 1.5 7.5 5.5" />
  </Icon>
)
export const LeaveIcon = (props: IconProps) => (
  <Icon {...props}>
    <path d="M10 4.5H5v15h5M14 8l4 4-4 4M18 12H9.5" />
  </Icon>
)
export const CloseIcon = (props: IconProps) => (
  <Icon {...props}>
    <path d="M6 6l12 12M18 6L6 18" />
  </Icon>
)
export const BackIcon = (props: IconProps) => (
  <Icon {...props}>
    <path d="M14.5 5.5L8 12l6.5 6.5" />
  </Icon>
)
export const CheckIcon = (props: IconProps) => (
  <Icon {...props}>
    <path d="M5 12.5l4.5 4.5L19 7.5" />
  </Icon>
)
export const MinusIcon = (props: IconProps) => (
  <Icon {...props}>
    <path d="M6 12h12" />
  </Icon>
)
export const PlusIcon = (props: IconProps) => (
  <Icon {...props}>
    <path d="M6 12h12M12 6v12" />
  </Icon>
)
export const SendIcon = (props: IconProps) => (
  <Icon {...props}>
    <path d="M4.5 12L20 4.5 15.5 20l-4-6.5zM11.5 13.5L20 4.5" />
  </Icon>
)
export const DeskIcon = (props: IconProps) => (
  <Icon {...props}>
    <path d="M5 13v-1a7 7 0 0 1 14 0v1" />
    <path d="M5 13h2.5v5H6a1 1 0 0 1-1-1zM19 13h-2.5v5H18a1 1 0 0 0 1-1zM17 18c0 1.5-1.5 2.5-4 2.5" />
  </Icon>
)

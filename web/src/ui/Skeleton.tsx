/** A grey place where something is about to be. */
export function Skeleton({ className = '' }: { className?: string }) {
  return <div aria-hidden="true" className={`animate-pulse rounded-xl bg-sunken ${className}`} />
}

/** Rows of a list that is being read. */
export function SkeletonRows({ rows = 4, className = 'h-20' }: { rows?: number; className?: string }) {
  return (
    <div aria-hidden="true" className="space-y-3">
      {Array.from({ length: rows }, (_, row) => row).map((row) => (
        <Skeleton key={row} className={className} />
      ))}
    </div>
  )
}

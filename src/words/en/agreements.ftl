audit-milestone-moved = Milestone moved
audit-voucher-moved = Voucher moved

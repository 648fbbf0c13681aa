audit-milestone-moved = 단계 상태 변경
audit-voucher-moved = 바우처 상태 변경

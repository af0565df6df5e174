# There is no Java machine here: Helenus runs nothing of this file. It stands where scripts expect one to edit.
# Memory follows the container's limit; MAX_HEAP_SIZE lowers it.

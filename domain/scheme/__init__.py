"""What a certification is: data, validated here, published under the hash of its content."""
